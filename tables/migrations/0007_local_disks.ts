/**
 * Layouts of local disks, which nodes have them, the disks as each node saw them last, and the one wipe an admin armed for a node.
 * The last two change no plan that is compiled from the tables, so they tell no service to read again.
 */
export const sql = `
CREATE TABLE "disklayout" (
  "layout" text NOT NULL CHECK ("layout" <> ''), "label" text NOT NULL CHECK ("label" <> ''), "disk" text NOT NULL CHECK ("disk" <> ''),
  "number" text NOT NULL CHECK ("number" ~ '^[1-9][0-9]{0,2}$'), "size" text, "fstype" text NOT NULL CHECK ("fstype" IN ('ext4', 'xfs', 'btrfs', 'swap')),
  "mountpoint" text, "mntopts" text, "nofail" text CHECK ("nofail" IN ('yes', 'no')), "populate" text,
  "grow" text CHECK ("grow" IN ('yes', 'no')), "comments" text, "disable" text, PRIMARY KEY ("layout", "label")
);
CREATE TABLE "localdisk" (
  "node" text NOT NULL CHECK ("node" <> ''), "layout" text, "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TRIGGER statelite_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "disklayout" EXECUTE FUNCTION statelite_tell();
CREATE TRIGGER statelite_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "localdisk" EXECUTE FUNCTION statelite_tell();

CREATE TABLE "statelite_disk" (
  "node" text PRIMARY KEY, "boot" text NOT NULL, "seen" timestamptz NOT NULL, "facts" jsonb NOT NULL
);
CREATE TABLE "statelite_wipe" (
  "node" text PRIMARY KEY, "id" text NOT NULL, "disk" text NOT NULL, "armed" timestamptz NOT NULL DEFAULT now(), "done" timestamptz
);
`;
