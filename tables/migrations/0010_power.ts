/** When nodes were last switched on by a command here. */
export const sql = `
CREATE TABLE "statelite_power" ("node" text PRIMARY KEY, "at" timestamptz NOT NULL);
`;
