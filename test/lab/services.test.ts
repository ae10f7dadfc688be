import { describe, expect, test } from '@jest/globals';
import { createCluster } from '../../lib/cluster/create.ts';
import { labPaths } from '../../lib/lab/instance.ts';
import { renderDnsmasqConf, renderGaneshaConf, renderNames } from '../../lib/lab/services.ts';

const paths = labPaths('/lab');
const layout = { master: '10.0.0.1', network: '10.0.0.0', prefix: 23, addresses: ['10.0.0.1'], clients: ['10.0.0.0/23'], exports: [], installdir: '/install', tftpdir: '/tftpboot', port: 3001, httpPort: '80' };

describe("the lab's dnsmasq", () => {
  test('leases to known nodes only, for ever, and serves the TFTP directory of the lab', () => {
    expect(renderDnsmasqConf(layout, paths, 40, false).split('\n')).toEqual(expect.arrayContaining([
      'interface=lab0', 'dhcp-range=10.0.0.0,static,255.255.254.0,infinite', 'dhcp-hostsfile=/lab/run/dhcp-hosts', 'dhcp-lease-max=1040', 'dhcp-boot=tag:pxe,tag:bios,pxelinux.0',
      'dhcp-boot=tag:xnba,tag:ipxe,http://10.0.0.1/tftpboot/xcat/xnba/nodes/${hostname}',
      'tftp-root=/lab/run/tftp', 'no-resolv',
    ]));
  });

  test('advertises a router that leads nowhere where there is IPv6, so that iPXE need not wait for one', () => {
    expect(renderDnsmasqConf(layout, paths, 1, true)).toContain('\nenable-ra\ndhcp-range=fd5a:7e11:7e11:7e11::,ra-only,64,deprecated\nra-param=lab0,0,0\n');
    expect(renderDnsmasqConf(layout, paths, 1, false)).not.toContain('enable-ra');
  });

  test('knows the names of the hosts table and nothing that is no name', () => {
    const cluster = createCluster({ hosts: [{ node: 'n01', ip: '10.0.0.11', hostnames: 'a,b n01-ib' }, { node: 'n02' }, { node: 'bad\nname', ip: '10.0.0.13' }] });
    expect(renderNames(cluster)).toBe('10.0.0.11 n01 a b n01-ib\n');
  });
});

test('NFS-Ganesha exports what liteexport writes, and speaks version 3 and 4', () => {
  expect(renderGaneshaConf(labPaths('/odd "lab"'))).toMatch(/Protocols = 3, 4;[^]*\n%include "\/odd \\"lab\\"\/run\/exports\.conf"\n$/);
});
