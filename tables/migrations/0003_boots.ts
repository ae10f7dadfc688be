/**
 * What statelited keeps beside xCAT's tables: boots as nodes report them, when nodes asked for their plans, the hashes of one-time
 * tokens, and the authority all servers of this database share. A node's status alone changes no plan, so it tells no service to read again.
 */
export const sql = `
CREATE TABLE "statelite_boot" (
  "node" text NOT NULL, "boot" text NOT NULL, "begun" timestamptz NOT NULL, "heard" timestamptz NOT NULL, "phases" jsonb NOT NULL,
  "good" jsonb NOT NULL, "failed" jsonb NOT NULL, "rows" integer NOT NULL, "warnings" jsonb NOT NULL, "stopped" text,
  PRIMARY KEY ("node", "boot")
);
CREATE INDEX ON "statelite_boot" ("node", "begun" DESC);
CREATE TABLE "statelite_asked" (
  "node" text PRIMARY KEY, "asked" timestamptz NOT NULL, "answer" integer NOT NULL, "reason" text
);
CREATE TABLE "statelite_token" (
  "node" text PRIMARY KEY, "hash" text NOT NULL, "made" timestamptz NOT NULL DEFAULT now(), "used" timestamptz
);
CREATE TABLE "statelite_authority" (
  "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"), "fingerprint" text NOT NULL, "host" text NOT NULL,
  "recorded" timestamptz NOT NULL DEFAULT now()
);

DROP TRIGGER statelite_changed ON "nodelist";
CREATE TRIGGER statelite_changed AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF
  "node", "groups", "appstatus", "appstatustime", "primarysn", "hidden", "updatestatus", "updatestatustime", "zonename", "comments", "disable"
  ON "nodelist" EXECUTE FUNCTION statelite_tell();
`;
