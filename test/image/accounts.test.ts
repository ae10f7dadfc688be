import { describe, expect, test } from '@jest/globals';
import { mergeAccounts, withRootPassword, type AccountTexts } from '../../lib/image/accounts.ts';

const IMAGE: AccountTexts = {
  passwd: 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/:/usr/sbin/nologin\nmunge:x:997:997::/:/bin/false\n',
  group: 'root:x:0:\ndaemon:x:1:\nmunge:x:997:\nusers:x:100:carol\n',
  shadow: 'root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\nmunge:!:19000::::::\n',
  gshadow: 'root:*::\ndaemon:*::\nmunge:!::\nusers:*::carol\n',
};
const person = (name: string, id: number, gid = id): string => `${name}:x:${id}:${gid}:${name}:/home/${name}:/bin/bash\n`;
const lines = (text = ''): string[] => text.split('\n').filter((line) => line !== '');

describe('mergeAccounts', () => {
  test('adds accounts and groups the image lacks, without a password', () => {
    const { texts, added, conflicts } = mergeAccounts(IMAGE, { passwd: `root:x:0:0:root:/root:/bin/zsh\n${person('alice', 1000)}`, group: 'root:x:0:\nalice:x:1000:\n' });
    expect(lines(texts.passwd)).toEqual([...lines(IMAGE.passwd), 'alice:x:1000:1000:alice:/home/alice:/bin/bash']);
    expect(lines(texts.shadow).at(-1)).toBe('alice:*::0:99999:7:::');
    expect([lines(texts.group).at(-1), lines(texts.gshadow).at(-1)]).toEqual(['alice:x:1000:', 'alice:!::']);
    expect([added, conflicts]).toEqual([['group alice, gid 1000', 'account alice, uid 1000'], []]);
  });

  test('changes nothing the second time, and never removes a line', () => {
    const from = { passwd: `${person('alice', 1000)}${person('bob', 1001, 100)}`, group: 'alice:x:1000:bob\nusers:x:100:alice,bob\n' };
    const { texts, added } = mergeAccounts(IMAGE, from);
    expect(added).toContain('alice, bob to group users');
    expect(lines(texts.group)).toContain('users:x:100:carol,alice,bob');
    expect(mergeAccounts(texts, from)).toEqual({ texts, added: [], conflicts: [] });
    for (const line of lines(IMAGE.passwd)) expect(lines(texts.passwd)).toContain(line);
  });

  test('tells ids that differ or are taken and leaves the image as it is; only those of people are serious', () => {
    const { texts, conflicts } = mergeAccounts({ ...IMAGE, passwd: `${IMAGE.passwd}${person('carol', 1000, 100)}` }, {
      passwd: `${person('alice', 1000, 100)}${person('carol', 1005, 100)}munge:x:105:110::/:/bin/false\n`, group: 'munge:x:110:\nusers:x:100:\n',
    });
    expect(conflicts).toEqual([
      { text: 'group munge is gid 110 here and 997 in the image', serious: false },
      { text: 'account alice is uid 1000 here, which is account carol in the image', serious: true },
      { text: 'account carol is 1005:100 here and 1000:100 in the image', serious: true },
      { text: 'account munge is 105:110 here and 997:997 in the image', serious: false },
    ]);
    expect(texts.shadow).toBe(IMAGE.shadow);
  });

  test('adds no account whose group is another one in the image', () => {
    const { added, conflicts } = mergeAccounts(IMAGE, { passwd: person('alice', 1000, 100), group: 'staff:x:100:\n' });
    expect(added).toEqual([]);
    expect(conflicts.map(({ text }) => text)).toEqual(['group staff is gid 100 here, which is group users in the image', 'account alice has gid 100, which is group staff here and users in the image']);
  });

  test('takes no NIS lines and no half ones, and ends a last line that has no end', () => {
    const { texts } = mergeAccounts({ ...IMAGE, passwd: IMAGE.passwd.trimEnd() }, { passwd: `+::::::\n-eve::::::\nhalf:x:7\n# note\n${person('alice', 1000, 100)}`, group: 'users:x:100:\n' });
    expect(lines(texts.passwd)).toEqual([...lines(IMAGE.passwd), person('alice', 1000, 100).trimEnd()]);
  });
});

describe('withRootPassword', () => {
  test('sets the hash of root and nothing else', () => {
    expect(lines(withRootPassword(IMAGE, '$6$a$b').shadow)).toEqual(['root:$6$a$b:19000:0:99999:7:::', ...lines(IMAGE.shadow).slice(1)]);
    expect(withRootPassword({ ...IMAGE, shadow: '', passwd: 'root::0:0::/root:/bin/sh\n' }, '$6$a$b')).toMatchObject({ shadow: 'root:$6$a$b::0:99999:7:::\n', passwd: 'root:x:0:0::/root:/bin/sh\n' });
  });
});
