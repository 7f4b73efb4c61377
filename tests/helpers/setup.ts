/** Runs for every file of tests. */
import { afterAll, afterEach } from "vitest";
import { removeTempFolders } from "./temp-folders.ts";

afterEach(() => removeTempFolders("test"));
afterAll(() => removeTempFolders("file"));
