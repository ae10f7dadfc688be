import { join } from 'node:path';
import { ARCHITECTURES, type BootAnswer, bootAnswers, dnsmasqBootLines, HTTP_CLIENTS } from './boot-answers.ts';
import { readDhcpHost, type DhcpHost } from './dhcp.ts';
import type { DhcpNetwork, DhcpSite } from './dhcp-site.ts';
import { netmask } from './network.ts';

export type DhcpFormName = 'dnsmasq' | 'isc' | 'kea';

/** The configuration of one DHCP server. Texts are pure; `home` is STATELITE_HOME. */
export interface DhcpForm {
  /** Where the configuration goes. */
  readonly configuration: (env: Readonly<Record<string, string | undefined>>) => string;
  readonly render: (site: DhcpSite, home: string) => string;
  /** The nodes in its own form, made from dnsmasq's host lines; unset for dnsmasq. */
  readonly hosts?: (lines: string, site: DhcpSite, home: string) => { readonly path: string; readonly content: string };
  /** What the admin does for it to count. */
  readonly use: (path: string) => string;
}

export const DHCP_FORMS: Readonly<Record<DhcpFormName, DhcpForm>> = {
  dnsmasq: {
    configuration: (env) => join(env['STATELITE_DNSMASQ_DIR'] ?? '/etc/dnsmasq.d', 'statelite.conf'),
    render: renderDnsmasq,
    use: () => 'it counts after: systemctl restart dnsmasq',
  },
  isc: {
    configuration: (env) => join(env['STATELITE_DHCPD_DIR'] ?? '/etc/dhcp', 'statelite.conf'),
    render: renderIsc,
    hosts: (lines, site, home) => ({ path: iscHostsFile(home), content: renderIscHosts(hostsOf(lines), site) }),
    use: (path) => `include "${path}"; belongs into dhcpd.conf; it counts after: systemctl restart isc-dhcp-server`,
  },
  kea: {
    configuration: (env) => join(env['STATELITE_KEA_DIR'] ?? '/etc/kea', 'statelite-dhcp4.conf'),
    render: renderKea,
    hosts: (lines, _site, home) => ({ path: keaHostsFile(home), content: renderKeaHosts(hostsOf(lines)) }),
    use: (path) => `it counts after: kea-dhcp4 -t ${path}, and a restart of kea-dhcp4 with it`,
  },
};

// --- internal ---

const HEAD = 'Made by makedhcp -n from the networks and site tables; changes are overwritten.';

const iscHostsFile = (home: string): string => join(home, 'dhcp', 'dhcpd-nodes.conf');
const keaHostsFile = (home: string): string => join(home, 'dhcp', 'kea-nodes.json');

const hostsOf = (lines: string): readonly DhcpHost[] => lines.split('\n').filter((line) => line !== '').map(readDhcpHost);

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function renderDnsmasq({ networks, tftpdir, server, httpBase }: DhcpSite, home: string): string {
  return text([
    `# ${HEAD}`,
    `dhcp-hostsdir=${join(home, 'dhcp-hosts')}`,
    'enable-tftp',
    `tftp-root=${tftpdir}`,
    ...networks.flatMap(({ network, prefix, options }, index) => [
      `dhcp-range=set:net${index + 1},${network},static,${netmask(prefix)}`,
      ...options.map(([name, value]) => `dhcp-option=tag:net${index + 1},option:${name},${value}`),
    ]),
    ...dnsmasqBootLines(httpBase, server),
  ]);
}

/** The options as ISC's servers name them, both of them. */
const ISC_OPTIONS: Readonly<Record<DhcpNetwork['options'][number][0], string>> = {
  router: 'routers', 'dns-server': 'domain-name-servers', 'ntp-server': 'ntp-servers', 'domain-name': 'domain-name', mtu: 'interface-mtu',
};

/** A string of dhcpd.conf. */
const quoted = (value: string): string => `"${value.replaceAll(/["\\]/g, '\\$&')}"`;

function renderIsc({ networks, server }: DhcpSite, home: string): string {
  return text([
    `# ${HEAD}`,
    'authoritative;',
    'ddns-update-style none;',
    'default-lease-time 43200;',
    'max-lease-time 43200;',
    'option client-architecture code 93 = unsigned integer 16;',
    'option ipxe-encapsulated code 175 = string;',
    ...(server === undefined ? [] : [`next-server ${server};`]),
    ...networks.flatMap(({ network, prefix, options }) => [
      `subnet ${network} netmask ${netmask(prefix)} {`,
      ...options.map(([name, value]) => `  option ${ISC_OPTIONS[name]} ${name === 'domain-name' ? quoted(value) : value.replaceAll(',', ', ')};`),
      '}',
    ]),
    `include ${quoted(iscHostsFile(home))};`,
  ]);
}

/** A group for each loader: what its nodes are answered depends on who asks. */
function renderIscHosts(hosts: readonly DhcpHost[], { httpBase }: DhcpSite): string {
  const answers = bootAnswers(httpBase);
  const condition = (client: BootAnswer['client']): string =>
    (client === 'ipxe' ? 'exists ipxe-encapsulated' : numbersOf(client).map((number) => `option client-architecture = 00:${number.toString(16).padStart(2, '0')}`).join(' or '));
  return text([
    '# Made by makedhcp; changes are overwritten.',
    ...[...new Set(answers.map(({ loader }) => loader))].flatMap((loader) => [
      `group { # ${loader}`,
      ...answers.filter((answer) => answer.loader === loader).flatMap(({ client, file }, index) => [
        `  ${index === 0 ? 'if' : '} elsif'} ${condition(client)} {`,
        ...(HTTP_CLIENTS.includes(client) ? ['    option vendor-class-identifier "HTTPClient";'] : []),
        `    filename ${quoted(file)};`,
      ]),
      '  }',
      ...hosts.filter((host) => (host.loader ?? 'pxe') === loader).map(({ node, mac, address }) =>
        `  host ${node} { hardware ethernet ${mac}; fixed-address ${address}; option host-name ${quoted(node)}; }`),
      '}',
    ]),
  ]);
}

const numbersOf = (client: string): readonly number[] => (ARCHITECTURES as Readonly<Record<string, readonly number[]>>)[client] ?? [];

function renderKea({ networks, server, httpBase }: DhcpSite, home: string): string {
  const answers = bootAnswers(httpBase);
  const isClient = (client: BootAnswer['client']): string =>
    (client === 'ipxe' ? 'option[175].exists' : `(${numbersOf(client).map((number) => `option[93].hex == 0x${number.toString(16).padStart(4, '0')}`).join(' or ')})`);
  const scripted = new Set(answers.filter(({ client }) => client === 'ipxe').map(({ loader }) => loader));
  const configuration = { Dhcp4: {
    'interfaces-config': { interfaces: ['*'] },
    'lease-database': { type: 'memfile' },
    authoritative: true,
    'valid-lifetime': 43200,
    'reservations-global': true,
    'reservations-in-subnet': false,
    'client-classes': [
      ...[...new Set(answers.map(({ loader }) => loader))].map((name) => ({ name })),
      ...answers.map(({ loader, client, file }) => ({
        name: `${loader}-${client}`,
        test: `member('KNOWN') and member('${loader}') and ${scripted.has(loader) && client !== 'ipxe' ? 'not option[175].exists and ' : ''}${isClient(client)}`,
        'boot-file-name': file,
        ...(server === undefined ? {} : { 'next-server': server }),
        ...(HTTP_CLIENTS.includes(client) ? { 'option-data': [{ name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true }] } : {}),
      })),
    ],
    subnet4: networks.map(({ network, prefix, options }, index) => ({
      id: index + 1, subnet: `${network}/${prefix}`,
      'option-data': options.map(([name, data]) => ({ name: ISC_OPTIONS[name], data: data.replaceAll(',', ', ') })),
    })),
    reservations: INCLUDE,
  } };
  return `// ${HEAD}\n${JSON.stringify(configuration, null, 2).replace(`"${INCLUDE}"`, `<?include "${keaHostsFile(home)}"?>`)}\n`;
}

/** Stands for the list of nodes while the rest is made. */
const INCLUDE = '@nodes@';

const renderKeaHosts = (hosts: readonly DhcpHost[]): string => `${JSON.stringify(hosts.map(({ node, mac, address, loader }) => ({
  'hw-address': mac, 'ip-address': address, hostname: node, 'client-classes': [loader ?? 'pxe'],
})), null, 1)}\n`;
