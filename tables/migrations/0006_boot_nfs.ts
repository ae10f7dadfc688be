/** What a boot cost the NFS servers, as the node counted it when it was up. */
export const sql = `
ALTER TABLE "statelite_boot" ADD COLUMN "nfs" jsonb;
`;
