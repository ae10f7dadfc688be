import { type Firmware, type Loader, LOADERS } from './loaders.ts';

/** Which program a DHCP server names to a node that boots; the one place that knows, for every form of configuration. */
export interface BootAnswer {
  /** Loader of the node. */
  readonly loader: Loader['name'];
  /** `ipxe`: any iPXE that asks; the others: firmware that is no iPXE, loading by TFTP or (`-http`) by HTTP. */
  readonly client: Client;
  /** Path on the TFTP server, or a URL. */
  readonly file: string;
}

export type Client = 'ipxe' | Firmware | `${Firmware}-http`;

/** Client architectures (DHCP option 93, as IANA numbers them) of each kind of firmware; UEFI that boots by HTTP has numbers of its own. */
export const ARCHITECTURES: Readonly<Record<Exclude<Client, 'ipxe' | 'bios-http'>, readonly number[]>> = {
  bios: [0], efi64: [7, 9], arm64: [11], 'efi64-http': [16], 'arm64-http': [19],
};

/** Answers for every loader and kind of client; `httpBase` is the URL of tftpdir, for example `http://10.0.0.1/tftpboot`. */
export function bootAnswers(httpBase: string): readonly BootAnswer[] {
  const loaders = [...new Map(Object.values(LOADERS).map((loader) => [loader.name, loader])).values()];
  return loaders.flatMap(({ name, start, script }) => [
    ...(script === undefined ? [] : [{ loader: name, client: 'ipxe' as const, file: `${httpBase}/${script}` }]),
    ...(Object.entries(start) as [Firmware, string][]).flatMap(([firmware, file]): BootAnswer[] => [
      { loader: name, client: firmware, file },
      ...(firmware === 'bios' ? [] : [{ loader: name, client: `${firmware}-http` as const, file: `${httpBase}/${file}` }]),
    ]),
  ]);
}

/** URL below which an HTTP server gives tftpdir out. */
export const httpBase = (server: string, port: string, tftpdir: string): string => `http://${server}${port === '80' ? '' : `:${port}`}${tftpdir}`;

/** The answers in dnsmasq's words; host lines carry the loader as a tag. `server`: TFTP server if it is not dnsmasq itself. */
export function dnsmasqBootLines(base: string, server?: string): readonly string[] {
  const answers = bootAnswers(base);
  return [
    'dhcp-match=set:ipxe,175',
    ...Object.entries(ARCHITECTURES).flatMap(([client, numbers]) => numbers.map((number) => `dhcp-match=set:${client},option:client-arch,${number}`)),
    ...answers.map(({ loader, client, file }) => {
      const scripted = answers.some((other) => other.loader === loader && other.client === 'ipxe');
      return `dhcp-boot=tag:${loader},tag:${client}${scripted && client !== 'ipxe' ? ',tag:!ipxe' : ''},${file}${server === undefined ? '' : `,,${server}`}`;
    }),
    ...HTTP_CLIENTS.map((client) => `dhcp-option-force=tag:${client},60,HTTPClient`),
  ];
}

/** Kinds of client that take an answer only when it says HTTPClient too (DHCP option 60). */
export const HTTP_CLIENTS: readonly string[] = Object.keys(ARCHITECTURES).filter((client) => client.endsWith('-http'));
