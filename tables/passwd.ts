import { oneOf } from './checks.ts';
import { defineTable } from './table.ts';

export const passwd = defineTable({
  name: 'passwd',
  help: 'Accounts and passwords used by commands.',
  keys: ['key', 'username'],
  required: ['key'],
  columns: {
    key: 'What the account is for: system is the root account of images, ipmi the management controllers, omapi the DHCP server.',
    username: 'Name of the account.',
    password: 'Password, or its hash.',
    cryptmethod: { help: 'How a clear password is hashed: md5, sha256 or sha512.', check: oneOf('md5', 'sha256', 'sha512') },
    authdomain: 'Domain of the account.',
  },
});
