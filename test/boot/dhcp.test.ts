import { describe, expect, test } from '@jest/globals';
import { forgetsDhcpHosts, mergeDhcpHosts, renderDhcpHosts } from '../../lib/boot/dhcp.ts';
import { DHCP_FORMS } from '../../lib/boot/dhcp-forms.ts';
import { dhcpSite } from '../../lib/boot/dhcp-site.ts';
import { createCluster } from '../../lib/cluster/create.ts';

const cluster = createCluster({
  site: [{ key: 'master', value: 'mn' }, { key: 'domain', value: 'cluster.example' }],
  nodelist: [{ node: 'n01' }, { node: 'n02' }, { node: 'n03' }],
  mac: [{ node: 'n01', mac: '52-54-00-00-00-0A' }, { node: 'n02', mac: '52:54:00:00:00:0b' }],
  hosts: [{ node: 'n01', ip: '10.0.0.1' }, { node: 'n02', ip: '10.0.0.2' }, { node: 'n03', ip: '10.0.0.3' }, { node: 'mn', ip: '10.0.0.254' }],
  noderes: [{ node: 'n02', netboot: 'grub2-http' }],
  networks: [{ net: '10.0.0.0', mask: '255.255.255.0', gateway: '<xcatmaster>', nameservers: '10.0.0.253,mn' }],
});

describe('what dnsmasq gets', () => {
  test('is a line with its boot loader for each node that has a MAC and an address', () => {
    expect(renderDhcpHosts(cluster, ['n01', 'n02', 'n03'])).toBe('52:54:00:00:00:0a,set:pxe,10.0.0.1,n01,infinite\n52:54:00:00:00:0b,set:grub2,10.0.0.2,n02,infinite\n');
    expect(renderDhcpHosts(cluster, ['n03'])).toBe('');
  });

  test('keeps the lines of other nodes, also those of a version that did not name loaders', () => {
    const present = '52:54:00:00:00:0c,10.0.0.7,n07,infinite\n52:54:00:00:00:ff,10.0.0.1,n01,infinite\n';
    const wanted = mergeDhcpHosts(present, ['n01'], renderDhcpHosts(cluster, ['n01']));
    expect(wanted).toBe('52:54:00:00:00:0a,set:pxe,10.0.0.1,n01,infinite\n52:54:00:00:00:0c,10.0.0.7,n07,infinite\n');
    expect(forgetsDhcpHosts(present, wanted)).toBe(true);
    expect(forgetsDhcpHosts(wanted, mergeDhcpHosts(wanted, ['n02'], renderDhcpHosts(cluster, ['n02'])))).toBe(false);
    expect(mergeDhcpHosts(wanted, ['n01', 'n07'], '')).toBe('');
  });

  test('has networks, TFTP and a program for each loader and kind of firmware', () => {
    const base = 'http://10.0.0.254/tftpboot';
    expect(DHCP_FORMS.dnsmasq.render(dhcpSite(cluster), '/home').split('\n')).toEqual([
      '# Made by makedhcp -n from the networks and site tables; changes are overwritten.',
      'dhcp-hostsdir=/home/dhcp-hosts',
      'enable-tftp',
      'tftp-root=/tftpboot',
      'dhcp-range=set:net1,10.0.0.0,static,255.255.255.0',
      'dhcp-option=tag:net1,option:router,10.0.0.254',
      'dhcp-option=tag:net1,option:dns-server,10.0.0.253,10.0.0.254',
      'dhcp-option=tag:net1,option:domain-name,cluster.example',
      'dhcp-match=set:ipxe,175',
      ...[['bios', 0], ['efi64', 7], ['efi64', 9], ['arm64', 11], ['efi64-http', 16], ['arm64-http', 19]].map(([tag, type]) => `dhcp-match=set:${String(tag)},option:client-arch,${String(type)}`),
      'dhcp-boot=tag:pxe,tag:bios,pxelinux.0,,10.0.0.254',
      `dhcp-boot=tag:xnba,tag:ipxe,${base}/xcat/xnba/nodes/\${hostname},,10.0.0.254`,
      'dhcp-boot=tag:xnba,tag:bios,tag:!ipxe,xcat/xnba.kpxe,,10.0.0.254',
      'dhcp-boot=tag:xnba,tag:efi64,tag:!ipxe,xcat/xnba.efi,,10.0.0.254',
      `dhcp-boot=tag:xnba,tag:efi64-http,tag:!ipxe,${base}/xcat/xnba.efi,,10.0.0.254`,
      'dhcp-boot=tag:xnba,tag:arm64,tag:!ipxe,xcat/xnba.arm64.efi,,10.0.0.254',
      `dhcp-boot=tag:xnba,tag:arm64-http,tag:!ipxe,${base}/xcat/xnba.arm64.efi,,10.0.0.254`,
      'dhcp-boot=tag:grub2,tag:efi64,boot/grub2/grub2.x86_64,,10.0.0.254',
      `dhcp-boot=tag:grub2,tag:efi64-http,${base}/boot/grub2/grub2.x86_64,,10.0.0.254`,
      'dhcp-boot=tag:grub2,tag:arm64,boot/grub2/grub2.aarch64,,10.0.0.254',
      `dhcp-boot=tag:grub2,tag:arm64-http,${base}/boot/grub2/grub2.aarch64,,10.0.0.254`,
      'dhcp-option-force=tag:efi64-http,60,HTTPClient',
      'dhcp-option-force=tag:arm64-http,60,HTTPClient',
      '',
    ]);
  });

  test('needs a network, of IPv4, and is not kept from it by one of IPv6 beside it', () => {
    const wrong = (...networks: readonly { readonly net: string; readonly mask: string }[]): unknown => expect(() => dhcpSite(createCluster({ networks }))).toThrow(expect.objectContaining({ code: 'ROW_INVALID' }));
    wrong();
    wrong({ net: 'fd00::', mask: '/64' });
    for (const mask of ['255.0.255.0', '/33', '255.255.255', '']) wrong({ net: '10.0.0.0', mask });
    for (const mask of ['255.255.240.0', '/20', '20']) {
      const { networks } = dhcpSite(createCluster({ networks: [{ net: 'fd00::', mask: '/64' }, { net: '10.1.0.0', mask }] }));
      expect(networks).toEqual([{ network: '10.1.0.0', prefix: 20, options: [] }]);
    }
  });
});

describe('what other servers get', () => {
  const site = dhcpSite(cluster);
  const lines = renderDhcpHosts(cluster, ['n01', 'n02']);

  test("ISC dhcpd: a group for each loader, with the loader's answers and nodes", () => {
    const { path, content } = DHCP_FORMS.isc.hosts?.(lines, site, '/home') ?? {};
    expect(path).toBe('/home/dhcp/dhcpd-nodes.conf');
    expect(content).toContain('group { # pxe\n  if option client-architecture = 00:00 {\n    filename "pxelinux.0";\n  }\n  host n01 { hardware ethernet 52:54:00:00:00:0a; fixed-address 10.0.0.1; option host-name "n01"; }\n}');
    expect(content).toContain('  } elsif option client-architecture = 00:10 {\n    option vendor-class-identifier "HTTPClient";\n    filename "http://10.0.0.254/tftpboot/boot/grub2/grub2.x86_64";\n');
    expect(DHCP_FORMS.isc.render(site, '/home')).toContain('subnet 10.0.0.0 netmask 255.255.255.0 {\n  option routers 10.0.0.254;\n  option domain-name-servers 10.0.0.253, 10.0.0.254;\n');
  });

  test('Kea: a class for each answer, which a node gets by its reservation and by what asks', () => {
    const text = DHCP_FORMS.kea.render(site, '/home');
    expect(text).toContain('"reservations": <?include "/home/dhcp/kea-nodes.json"?>');
    const { Dhcp4 } = JSON.parse(text.replace(/^\/\/.*\n/, '').replace(/<\?include.*\?>/, '[]')) as { Dhcp4: { 'client-classes': object[]; subnet4: object[] } };
    expect(Dhcp4['client-classes']).toContainEqual({
      name: 'xnba-efi64', test: "member('KNOWN') and member('xnba') and not option[175].exists and (option[93].hex == 0x0007 or option[93].hex == 0x0009)",
      'boot-file-name': 'xcat/xnba.efi', 'next-server': '10.0.0.254',
    });
    expect(Dhcp4.subnet4).toMatchObject([{ id: 1, subnet: '10.0.0.0/24' }]);
    expect(JSON.parse(DHCP_FORMS.kea.hosts?.(lines, site, '/home').content ?? '')).toContainEqual({ 'hw-address': '52:54:00:00:00:0b', 'ip-address': '10.0.0.2', hostname: 'n02', 'client-classes': ['grub2'] });
  });
});
