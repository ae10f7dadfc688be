/** What comes of init scripts that fail, which a row may say without bringing overlays. */
export const sql = `
ALTER TABLE "overlays" ADD COLUMN "scripts" text;
ALTER TABLE "overlays" ALTER COLUMN "overlays" DROP NOT NULL, DROP CONSTRAINT "overlays_overlays_check";
`;
