/** The rows xCAT gives a new database: site settings, and the policy that lets root do everything and nodes ask for what a boot needs. */
export const sql = `
INSERT INTO "site" ("key", "value") VALUES
  ('installdir', '/install'),
  ('tftpdir', '/tftpboot'),
  ('xcatdport', '3001'),
  ('xcatiport', '3002');

INSERT INTO "policy" ("priority", "name", "commands", "rule") VALUES
  ('1', 'root', NULL, 'allow'),
  ('2', NULL, 'getbmcconfig', 'allow'),
  ('2.1', NULL, 'remoteimmsetup', 'allow'),
  ('2.3', NULL, 'lsxcatd', 'allow'),
  ('3', NULL, 'nextdestiny', 'allow'),
  ('4', NULL, 'getdestiny', 'allow'),
  ('4.4', NULL, 'getpostscript', 'allow'),
  ('4.5', NULL, 'getcredentials', 'allow'),
  ('4.6', NULL, 'syncfiles', 'allow'),
  ('4.7', NULL, 'litetree', 'allow'),
  ('4.8', NULL, 'litefile', 'allow'),
  ('4.9', NULL, 'getadapter', 'allow');
`;
