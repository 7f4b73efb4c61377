// summary.mjs REPORT TESTS CHECK: the last lines of CI, from the tests' JSON report and the two exit codes. A test file
// that could not even be loaded counts as one failed test; so does a test command that failed in any other way. Its
// own exit code is that of CI.
import { readFileSync } from "node:fs";

const [report, tests, check] = process.argv.slice(2);

/** Passed, failed and skipped tests of the report. A report that is not there is a failure by itself. */
function countTests() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
    const unloaded = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
    return { passed: numPassedTests, failed: numFailedTests + unloaded.length, skipped: numPendingTests };
  } catch (error) {
    console.log(`no report of the tests: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const { passed, failed, skipped } = countTests();
const isCheckGreen = check === "0";
// The command failed although no test did: an install that broke, an error outside of every test.
const failedElsewhere = tests !== "0" && failed === 0 ? 1 : 0;
console.log(
  `tests: ${passed} passed, ${failed} failed, ${skipped} skipped, exit code ${tests}; check: ${isCheckGreen ? "green" : "red"}`,
);
console.log(`${passed + (isCheckGreen ? 1 : 0)} passed, ${failed + failedElsewhere + (isCheckGreen ? 0 : 1)} failed`);
process.exitCode = tests === "0" && isCheckGreen && failed === 0 ? 0 : 1;
