import { describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { compileAddresses, identify, normalAddress, whyUnknown } from '../../lib/service/identity.ts';

const addresses = compileAddresses(createCluster({
  nodelist: [{ node: 'n01', groups: 'compute' }, { node: 'n02', groups: 'compute' }, { node: 'n03' }, { node: 'n04' }, { node: 'n05', groups: 'ruled' }],
  hosts: [
    { node: 'n01', ip: '10.0.0.1', otherinterfaces: '-ib0:10.1.0.1,bmc:fd00::0:1' },
    { node: 'n02', ip: '10.0.0.2' },
    { node: 'n03', ip: '10.0.0.9' },
    { node: 'n04', ip: '10.0.0.9', otherinterfaces: 'nonsense,x:,:' },
    { node: 'ruled', ip: '|\\D+(\\d+)|10.0.2.($1+0)|' },
    { node: 'compute', otherinterfaces: '' },
  ],
}));

describe('identify', () => {
  test('a node is who the hosts table says has the source address', () => {
    expect(identify(addresses, '10.0.0.1')).toBe('n01');
    expect(identify(addresses, '10.0.0.2')).toBe('n02');
  });
  test('further interfaces, IPv6 among them, and values of regex rules count as well', () => {
    expect(identify(addresses, '10.1.0.1')).toBe('n01');
    expect(identify(addresses, 'fd00::1')).toBe('n01');
    expect(identify(addresses, '10.0.2.5')).toBe('n05');
  });
  test('an IPv4 address seen through an IPv6 socket is the same address', () => {
    expect(identify(addresses, '::ffff:10.0.0.1')).toBe('n01');
  });
  test('an address that two nodes claim belongs to nobody, and the reason names both', () => {
    expect(identify(addresses, '10.0.0.9')).toBeUndefined();
    expect(whyUnknown(addresses, '10.0.0.9')).toBe('the address 10.0.0.9 belongs to several nodes in the hosts table: n03, n04');
  });
  test('an address no row has belongs to nobody', () => {
    for (const stranger of ['10.0.0.77', '', 'n01', '127.0.0.1']) expect(identify(addresses, stranger)).toBeUndefined();
    expect(whyUnknown(addresses, '10.0.0.77')).toBe('no node has the address 10.0.0.77 in the hosts table');
  });
  test('a node whose hosts row cannot be read has no address, the others keep theirs', () => {
    const broken = compileAddresses(createCluster({
      nodelist: [{ node: 'n01', groups: 'g' }, { node: 'n02' }], hosts: [{ node: 'g', ip: '|(|10.0.0.1|' }, { node: 'n02', ip: '10.0.0.2' }],
    }));
    expect([...broken.unreadable.keys()]).toEqual(['n01']);
    expect(identify(broken, '10.0.0.2')).toBe('n02');
  });
});

test('addresses have one spelling', () => {
  expect(['FD00::0:1', 'fe80::1%eth0', '::ffff:0a00:0001', ' 10.0.0.1 ', '010.0.0.1', '10.0.0.256', 'n01'].map(normalAddress))
    .toEqual(['fd00::1', 'fe80::1', '10.0.0.1', '10.0.0.1', undefined, undefined, undefined]);
});
