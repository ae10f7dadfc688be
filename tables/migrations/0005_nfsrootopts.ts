/** The column of newer xCAT for how the NFS root is mounted; the root is read-only whatever stands there. */
export const sql = `
ALTER TABLE "osimage" ADD COLUMN "nfsrootopts" text CHECK ("nfsrootopts" !~ '(^|,) *(rw|defaults) *(,|$)');
`;
