import { describe, expect, test } from '@jest/globals';
import { hexAddress, macFileName } from '../../lib/boot/loaders.ts';
import { nodeAddress, nodeMac, rivals, serverAddress } from '../../lib/cluster/addresses.ts';
import { createCluster } from '../../lib/cluster/create.ts';

const withMac = (mac: string) => createCluster({ nodelist: [{ node: 'n01' }], mac: [{ node: 'n01', mac }] });

describe('the MAC of a node', () => {
  test.each([
    ['52:54:00:00:00:01', '52:54:00:00:00:01'],
    ['52-54-00-AB-CD-EF', '52:54:00:ab:cd:ef'],
    ['525400ABCDEF', '52:54:00:ab:cd:ef'],
    ['52:54:00:00:00:01!n01-ib|52:54:00:00:00:02!n01', '52:54:00:00:00:02'],
    ['52:54:00:00:00:01!n01-ib|52:54:00:00:00:02', '52:54:00:00:00:02'],
    ['52:54:00:00:00:01!*NOIP*|52:54:00:00:00:02!n01-eth1', '52:54:00:00:00:02'],
  ])('of mac.mac "%s" is %s', (written, mac) => {
    expect(nodeMac(withMac(written), 'n01')).toBe(mac);
  });

  test.each(['eth0', '52:54:00:00:00', '52:54:00:00:00:01!*NOIP*', '../../etc/passwd'])('is missing when mac.mac is "%s"', (written) => {
    expect(nodeMac(withMac(written), 'n01')).toBeUndefined();
  });
});

describe('addresses', () => {
  const cluster = createCluster({
    nodelist: [{ node: 'n01', groups: 'all' }, { node: 'n02', groups: 'all' }, { node: 'n3', groups: 'all' }],
    hosts: [{ node: 'all', ip: '|n0*(\\d+)|10.0.0.($1)|' }, { node: 'n3', ip: 'not-an-address' }, { node: 'nfs1', ip: '10.0.0.250', hostnames: 'cnfs nfs.site.example' }],
    mac: [{ node: 'all', mac: '52:54:00:00:00:01' }],
  });

  test('come from hosts.ip, group rules included', () => {
    expect(nodeAddress(cluster, 'n02')).toBe('10.0.0.2');
    expect(nodeAddress(cluster, 'n3')).toBeUndefined();
  });

  test('of servers are looked up in the hosts table only', () => {
    expect(['nfs1', 'cnfs', 'nfs.site.example', 'n01', '192.0.2.7', 'elsewhere'].map((name) => serverAddress(cluster, name)))
      .toEqual(['10.0.0.250', '10.0.0.250', '10.0.0.250', '10.0.0.1', '192.0.2.7', 'elsewhere']);
  });

  test('that several nodes have are told', () => {
    expect(rivals(cluster, 'n01', '52:54:00:00:00:01')).toEqual(['n02', 'n3']);
    expect(rivals(cluster, 'n01', '10.0.0.1')).toEqual([]);
  });

  test('name boot-loader files', () => {
    expect(hexAddress('10.0.0.17')).toBe('0A000011');
    expect(hexAddress('172.16.254.1')).toBe('AC10FE01');
    expect(macFileName('52:54:00:ab:cd:ef')).toBe('01-52-54-00-ab-cd-ef');
  });
});
