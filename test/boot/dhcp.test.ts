import { describe, expect, test } from '@jest/globals';
import { forgetsDhcpHosts, mergeDhcpHosts, renderDhcpConfiguration, renderDhcpHosts } from '../../lib/boot/dhcp.ts';
import { createCluster } from '../../lib/cluster/create.ts';

const cluster = createCluster({
  site: [{ key: 'master', value: 'mn' }, { key: 'domain', value: 'cluster.example' }],
  nodelist: [{ node: 'n01' }, { node: 'n02' }, { node: 'n03' }],
  mac: [{ node: 'n01', mac: '52-54-00-00-00-0A' }, { node: 'n02', mac: '52:54:00:00:00:0b' }],
  hosts: [{ node: 'n01', ip: '10.0.0.1' }, { node: 'n02', ip: '10.0.0.2' }, { node: 'n03', ip: '10.0.0.3' }, { node: 'mn', ip: '10.0.0.254' }],
  networks: [{ net: '10.0.0.0', mask: '255.255.255.0', gateway: '<xcatmaster>', nameservers: '10.0.0.253,mn' }],
});

describe('what dnsmasq gets', () => {
  test('is a line for each node that has a MAC and an address', () => {
    expect(renderDhcpHosts(cluster, ['n01', 'n02', 'n03'])).toBe('52:54:00:00:00:0a,10.0.0.1,n01,infinite\n52:54:00:00:00:0b,10.0.0.2,n02,infinite\n');
    expect(renderDhcpHosts(cluster, ['n03'])).toBe('');
  });

  test('keeps the lines of other nodes', () => {
    const present = '52:54:00:00:00:0c,10.0.0.7,n07,infinite\n52:54:00:00:00:ff,10.0.0.1,n01,infinite\n';
    const wanted = mergeDhcpHosts(present, ['n01'], renderDhcpHosts(cluster, ['n01']));
    expect(wanted).toBe('52:54:00:00:00:0a,10.0.0.1,n01,infinite\n52:54:00:00:00:0c,10.0.0.7,n07,infinite\n');
    expect(forgetsDhcpHosts(present, wanted)).toBe(true);
    expect(forgetsDhcpHosts(wanted, mergeDhcpHosts(wanted, ['n02'], renderDhcpHosts(cluster, ['n02'])))).toBe(false);
    expect(mergeDhcpHosts(wanted, ['n01', 'n07'], '')).toBe('');
  });

  test('has networks, TFTP and a program for each kind of firmware', () => {
    expect(renderDhcpConfiguration(cluster, '/var/lib/statelite/dhcp-hosts')).toBe([
      '# Made by makedhcp -n from the networks and site tables; changes are overwritten.',
      'dhcp-hostsdir=/var/lib/statelite/dhcp-hosts',
      'enable-tftp',
      'tftp-root=/tftpboot',
      'dhcp-range=set:net1,10.0.0.0,static,255.255.255.0',
      'dhcp-option=tag:net1,option:router,10.0.0.254',
      'dhcp-option=tag:net1,option:dns-server,10.0.0.253,10.0.0.254',
      'dhcp-option=tag:net1,option:domain-name,cluster.example',
      'dhcp-match=set:bios,option:client-arch,0',
      'dhcp-boot=tag:bios,pxelinux.0,,10.0.0.254',
      'dhcp-match=set:efi64,option:client-arch,7',
      'dhcp-match=set:efi64,option:client-arch,9',
      'dhcp-boot=tag:efi64,boot/grub2/grub2.x86_64,,10.0.0.254',
      'dhcp-match=set:arm64,option:client-arch,11',
      'dhcp-boot=tag:arm64,boot/grub2/grub2.aarch64,,10.0.0.254',
      '',
    ].join('\n'));
  });

  test('needs a network', () => {
    expect(() => renderDhcpConfiguration(createCluster({}), '/x')).toThrow('the networks table is empty');
  });
});
