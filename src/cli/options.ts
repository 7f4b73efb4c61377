/** Options that every command takes. */
export interface CommonOptions {
  /** The folder to work in; relative paths begin there. */
  C?: string;
  json?: boolean;
}
