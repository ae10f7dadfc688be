/**
 * The tables as they were first made, frozen: what a table file says today may differ, and later migrations bring a database there.
 * All values are text and NULL is unset; a key that may be empty is ''.
 */
export const sql = `
CREATE TABLE "bootparams" (
  "node" text NOT NULL CHECK ("node" <> ''), "kernel" text, "initrd" text, "kcmdline" text, "addkcmdline" text,
  "dhcpstatements" text, "adddhcpstatements" text, "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "chain" (
  "node" text NOT NULL CHECK ("node" <> ''), "currstate" text, "currchain" text, "chain" text, "ondiscover" text,
  "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "hosts" (
  "node" text NOT NULL CHECK ("node" <> ''), "ip" text, "hostnames" text, "otherinterfaces" text, "comments" text,
  "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "ipmi" (
  "node" text NOT NULL CHECK ("node" <> ''), "bmc" text, "bmcport" text, "taggedvlan" text, "bmcid" text, "username" text,
  "password" text, "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "linuximage" (
  "imagename" text NOT NULL CHECK ("imagename" <> ''), "template" text, "boottarget" text, "addkcmdline" text, "pkglist" text,
  "pkgdir" text, "otherpkglist" text, "otherpkgdir" text, "exlist" text, "postinstall" text, "rootimgdir" text,
  "kerneldir" text, "nodebootif" text, "otherifce" text, "netdrivers" text, "kernelver" text, "krpmver" text, "permission" text,
  "dump" text, "crashkernelsize" text, "partitionfile" text, "driverupdatesrc" text, "comments" text, "disable" text,
  PRIMARY KEY ("imagename")
);
CREATE TABLE "litefile" (
  "image" text NOT NULL DEFAULT '', "file" text NOT NULL CHECK ("file" <> '') CHECK ("file" LIKE '/%'), "options" text,
  "comments" text, "disable" text, PRIMARY KEY ("image", "file")
);
CREATE TABLE "litetree" (
  "priority" text NOT NULL CHECK ("priority" <> '') CHECK ("priority" ~ '^[0-9]+([.][0-9]+)?$'), "image" text,
  "directory" text NOT NULL CHECK ("directory" <> ''), "mntopts" text, "comments" text, "disable" text,
  PRIMARY KEY ("priority")
);
CREATE TABLE "mac" (
  "node" text NOT NULL CHECK ("node" <> ''), "interface" text, "mac" text, "comments" text, "disable" text,
  PRIMARY KEY ("node")
);
CREATE TABLE "networks" (
  "netname" text, "net" text NOT NULL CHECK ("net" <> ''), "mask" text NOT NULL CHECK ("mask" <> ''), "mgtifname" text,
  "gateway" text, "dhcpserver" text, "tftpserver" text, "nameservers" text, "ntpservers" text, "logservers" text,
  "dynamicrange" text, "staticrange" text, "staticrangeincrement" text, "nodehostname" text, "ddnsdomain" text, "vlanid" text,
  "domain" text, "mtu" text, "comments" text, "disable" text, PRIMARY KEY ("net", "mask")
);
CREATE TABLE "nodegroup" (
  "groupname" text NOT NULL CHECK ("groupname" <> ''), "grouptype" text CHECK ("grouptype" IN ('static', 'dynamic')),
  "members" text, "membergroups" text, "wherevals" text, "comments" text, "disable" text, PRIMARY KEY ("groupname")
);
CREATE TABLE "nodehm" (
  "node" text NOT NULL CHECK ("node" <> ''), "power" text, "mgt" text, "cons" text, "termserver" text, "termport" text,
  "conserver" text, "serialport" text, "serialspeed" text, "serialflow" text, "getmac" text, "cmdmapping" text,
  "consoleondemand" text, "consoleenabled" text, "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "nodelist" (
  "node" text NOT NULL CHECK ("node" <> ''), "groups" text, "status" text, "statustime" text, "appstatus" text,
  "appstatustime" text, "primarysn" text, "hidden" text, "updatestatus" text, "updatestatustime" text, "zonename" text,
  "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "nodepos" (
  "node" text NOT NULL CHECK ("node" <> ''), "rack" text, "u" text, "chassis" text, "slot" text, "room" text, "height" text,
  "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "noderes" (
  "node" text NOT NULL CHECK ("node" <> ''), "servicenode" text, "netboot" text, "tftpserver" text, "tftpdir" text,
  "nfsserver" text, "monserver" text, "nfsdir" text, "installnic" text, "primarynic" text, "discoverynics" text,
  "cmdinterface" text, "xcatmaster" text, "current_osimage" text, "next_osimage" text, "nimserver" text, "routenames" text,
  "nameservers" text, "proxydhcp" text, "syslog" text, "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "nodetype" (
  "node" text NOT NULL CHECK ("node" <> ''), "os" text, "arch" text, "profile" text, "provmethod" text, "supportedarchs" text,
  "nodetype" text, "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "osimage" (
  "imagename" text NOT NULL CHECK ("imagename" <> ''), "groups" text, "profile" text, "imagetype" text, "description" text,
  "provmethod" text, "rootfstype" text CHECK ("rootfstype" IN ('nfs', 'ramdisk')), "osdistroname" text, "osupdatename" text,
  "cfmdir" text, "osname" text, "osvers" text, "osarch" text, "synclists" text, "postscripts" text, "postbootscripts" text,
  "serverrole" text, "isdeletable" text, "kitcomponents" text, "environvar" text, "comments" text, "disable" text,
  PRIMARY KEY ("imagename")
);
CREATE TABLE "passwd" (
  "key" text NOT NULL CHECK ("key" <> ''), "username" text NOT NULL DEFAULT '', "password" text,
  "cryptmethod" text CHECK ("cryptmethod" IN ('md5', 'sha256', 'sha512')), "authdomain" text, "comments" text, "disable" text,
  PRIMARY KEY ("key", "username")
);
CREATE TABLE "policy" (
  "priority" text NOT NULL CHECK ("priority" <> '') CHECK ("priority" ~ '^[0-9]+([.][0-9]+)?$'), "name" text, "host" text,
  "commands" text, "noderange" text, "parameters" text, "time" text, "rule" text, "comments" text, "disable" text,
  PRIMARY KEY ("priority")
);
CREATE TABLE "postscripts" (
  "node" text NOT NULL CHECK ("node" <> ''), "postscripts" text, "postbootscripts" text, "comments" text, "disable" text,
  PRIMARY KEY ("node")
);
CREATE TABLE "prescripts" (
  "node" text NOT NULL CHECK ("node" <> ''), "begin" text, "end" text, "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "servicenode" (
  "node" text NOT NULL CHECK ("node" <> ''), "nameserver" text, "dhcpserver" text, "tftpserver" text, "nfsserver" text,
  "conserver" text, "monserver" text, "ldapserver" text, "ntpserver" text, "ftpserver" text, "nimserver" text, "ipforward" text,
  "dhcpinterfaces" text, "proxydhcp" text, "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "site" (
  "key" text NOT NULL CHECK ("key" <> ''), "value" text, "comments" text, "disable" text, PRIMARY KEY ("key")
);
CREATE TABLE "statelite" (
  "node" text NOT NULL CHECK ("node" <> ''), "image" text, "statemnt" text NOT NULL CHECK ("statemnt" <> ''), "mntopts" text,
  "comments" text, "disable" text, PRIMARY KEY ("node")
);
CREATE TABLE "vpd" (
  "node" text NOT NULL CHECK ("node" <> ''), "serial" text, "mtm" text, "side" text, "asset" text, "uuid" text, "comments" text,
  "disable" text, PRIMARY KEY ("node")
);

CREATE FUNCTION statelite_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('statelite_changed', TG_TABLE_NAME);
  RETURN NULL;
END $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'bootparams', 'chain', 'hosts', 'ipmi', 'linuximage', 'litefile', 'litetree', 'mac', 'networks', 'nodegroup',
    'nodehm', 'nodelist', 'nodepos', 'noderes', 'nodetype', 'osimage', 'passwd', 'policy', 'postscripts',
    'prescripts', 'servicenode', 'site', 'statelite', 'vpd'
  ] LOOP
    EXECUTE format('CREATE TRIGGER statelite_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION statelite_tell()', name);
  END LOOP;
END $$;
`;
