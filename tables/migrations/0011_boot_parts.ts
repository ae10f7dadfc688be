/** How long pieces of a phase took, as the node timed them: litetrees, init scripts, local disks. */
export const sql = `
ALTER TABLE "statelite_boot" ADD COLUMN "parts" jsonb NOT NULL DEFAULT '{}';
`;
