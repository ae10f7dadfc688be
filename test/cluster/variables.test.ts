import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createCluster } from '../../lib/cluster/create.ts';
import { expandVariables, variablesIn } from '../../lib/cluster/variables.ts';

const cluster = createCluster({
  site: [{ key: 'master', value: '10.0.0.1' }, { key: 'evil', value: 'a/../b' }],
  nodelist: [{ node: 'n01', groups: 'compute,all' }, { node: 'n02' }],
  nodetype: [{ node: 'compute', os: 'rhels8', arch: 'x86_64' }],
  noderes: [{ node: 'all', nfsserver: 'nfs1', nfsdir: '/vol/install', tftpdir: '..' }],
  nodepos: [{ node: 'n01', room: 'ny', rack: 'x\ny', u: '.', slot: '.', chassis: 'a..b', comments: 'two words' }],
  foreign: [{ node: 'n01', odd: 'kept' }],
});
const expand = (text: string, node = 'n01'): string => expandVariables(cluster, node, text, 'litetree row priority=1');

describe('what a variable becomes', () => {
  test.each([
    ['$noderes.nfsserver:/statelite/$node', 'nfs1:/statelite/n01'],
    ['10.0.0.1:/d/$nodepos.room/$nodetype.os', '10.0.0.1:/d/ny/rhels8'],
    ['srv:/a/pre$node', 'srv:/a/pren01'],
    ['srv:/a/pre$nodepos.room-suf', 'srv:/a/preny-suf'],
    ['srv:/a/$node.suffix/b', 'srv:/a/n01.suffix/b'],
    ['srv:/a/$nodepos.room.suffix', 'srv:/a/ny.suffix'],
    ['srv:/a/$site.master', 'srv:/a/10.0.0.1'],
    ['srv:$site.installdir', 'srv:/install'],
    ['srv:/a/$node$nodetype.os', 'srv:/a/n01rhels8'],
    ['srv:/a/${node}_x/${nodepos.room}room', 'srv:/a/n01_x/nyroom'],
    ['srv:/price/$$node/$$$node', 'srv:/price/$node/$n01'],
    ['srv:/a#b c', 'srv:/a#b c'],
    ['srv:$noderes.nfsdir/x', 'srv:/vol/install/x'],
    ['srv:/$nodepos.chassis/$nodepos.comments', 'srv:/a..b/two words'],
    ['srv:/$foreign.odd', 'srv:/kept'],
    ['srv:/../as/written/$node', 'srv:/../as/written/n01'],
    ['', ''],
  ])('%s is %s', (text, wanted) => {
    expect(expand(text)).toBe(wanted);
  });

  test('text without a dollar stays as it is', () => {
    fc.assert(fc.property(fc.string().filter((text) => !text.includes('$') && !text.includes('#CMD')), (text) => expand(text) === text));
  });

  test('text around a variable stays as it is', () => {
    const plain = fc.stringMatching(/^[a-z/ -]*$/);
    fc.assert(fc.property(plain, plain, (before, after) => expand(`${before}\${nodepos.room}${after}`) === `${before}ny${after}`));
  });

  test('any plain text can be written', () => {
    fc.assert(fc.property(fc.string().filter((text) => !text.includes('#CMD')), (text) => expand(text.replaceAll('$', '$$$$')) === text));
  });
});

describe('what is refused', () => {
  test.each([
    ['srv:/$nodepos.slots', 'VARIABLE_UNSET', 'litetree row priority=1: $nodepos.slots is unset for n01: table nodepos has no column slots'],
    ['srv:/$nodepos.height', 'VARIABLE_UNSET', 'litetree row priority=1: $nodepos.height is unset for n01: no nodepos row of n01 or its groups compute,all has height'],
    ['srv:/$bogus.x/b', 'VARIABLE_UNSET', 'litetree row priority=1: $bogus.x is unset for n01: there is no table bogus'],
    ['srv:/$osimage.osvers', 'VARIABLE_UNSET', 'litetree row priority=1: $osimage.osvers is unset for n01: table osimage is not about nodes'],
    ['srv:/$site.nothing', 'VARIABLE_UNSET', 'litetree row priority=1: $site.nothing is unset for n01: there is no site row key=nothing'],
    ['srv:/$foreign.even', 'VARIABLE_UNSET', 'litetree row priority=1: $foreign.even is unset for n01: table foreign has no column even'],
    ['srv:/$nodename', 'VARIABLE_UNSET', 'litetree row priority=1: $nodename is no variable'],
    ['srv:/$nodepos', 'VARIABLE_UNSET', 'litetree row priority=1: $nodepos is no variable'],
    ['srv:/${}', 'VARIABLE_UNSET', 'litetree row priority=1: ${} is no variable'],
    ['srv:/a$', 'VARIABLE_UNSET', 'litetree row priority=1: $ is no variable'],
    ['srv:/a$/b', 'VARIABLE_UNSET', 'litetree row priority=1: $ is no variable'],
    ['srv:/#CMD=hostname#/x', 'VARIABLE_UNSET', 'litetree row priority=1: srv:/#CMD=hostname#/x has #CMD'],
    ['srv:/$site.evil', 'PATH_INVALID', 'litetree row priority=1: $site.evil for n01 is "a/../b"'],
    ['srv:/$noderes.tftpdir', 'PATH_INVALID', 'litetree row priority=1: $noderes.tftpdir for n01 is ".."'],
    ['srv:/$nodepos.rack', 'PATH_INVALID', 'litetree row priority=1: $nodepos.rack for n01 is "x\\ny"'],
    ['srv:/$nodepos.u$nodepos.slot/x', 'PATH_INVALID', 'litetree row priority=1: srv:/$nodepos.u$nodepos.slot/x for n01 is "srv:/../x"'],
  ])('%s: %s', (text, code, message) => {
    expect(() => expand(text)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) as unknown }));
  });

  test('all unset variables are named at once', () => {
    expect(() => expand('$nodepos.room:/$nodetype.os/$nodetype.arch', 'n02')).toThrow(expect.objectContaining({
      code: 'PROBLEMS',
      message: '3 problems in litetree row priority=1',
      problems: [
        expect.objectContaining({ message: 'litetree row priority=1: $nodepos.room is unset for n02: no nodepos row of n02 has room', hint: 'chtab node=n02 nodepos.room=<value>' }),
        expect.objectContaining({ code: 'VARIABLE_UNSET' }),
        expect.objectContaining({ code: 'VARIABLE_UNSET' }),
      ],
    }));
  });
});

describe('the variables of a value', () => {
  test('are told each once, with what they are for the node and which row says so', () => {
    expect(variablesIn(cluster, 'n01', '$site.master:/$$x/$node/${noderes.nfsserver}/$nodetype.os/$node')).toEqual([
      { written: '$site.master', value: '10.0.0.1', from: 'site row key=master' }, { written: '$node', value: 'n01', from: 'the name of the node' },
      { written: '${noderes.nfsserver}', value: 'nfs1', from: 'noderes row node=all' }, { written: '$nodetype.os', value: 'rhels8', from: 'nodetype row node=compute' },
    ]);
  });

  test('say why they are nothing', () => {
    expect(variablesIn(cluster, 'n02', '/$nodepos.room/$what')).toEqual([
      { written: '$nodepos.room', from: expect.stringContaining('no nodepos row of n02 has room') }, { written: '$what', from: expect.stringContaining('$what is no variable') },
    ]);
    expect(variablesIn(cluster, 'n01', '/plain')).toEqual([]);
  });
});
