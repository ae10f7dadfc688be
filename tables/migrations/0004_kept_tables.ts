/** Tables of an xCAT dump that no file here knows, as the bytes they came in. */
export const sql = `
CREATE TABLE "statelite_kept" (
  "name" text NOT NULL PRIMARY KEY CHECK ("name" <> ''), "content" bytea NOT NULL
);
`;
