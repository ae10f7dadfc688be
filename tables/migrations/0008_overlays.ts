/** Overlays of images, groups and nodes. */
export const sql = `
CREATE TABLE "overlays" (
  "node" text NOT NULL CHECK ("node" <> ''), "overlays" text NOT NULL CHECK ("overlays" <> ''), "comments" text, "disable" text,
  PRIMARY KEY ("node")
);
CREATE TRIGGER statelite_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "overlays" EXECUTE FUNCTION statelite_tell();
ALTER TABLE "osimage" ADD COLUMN "overlays" text;
`;
