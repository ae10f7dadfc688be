import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

/**
 * The initrd's network script in namespaces of its own: eth0 leads to a network without DHCP, eth1 and eth2 to dnsmasq, each in a network of its own.
 * The machine's programs are there, the kernel command line is the test's. What the kernel of this machine does not have (VLAN, bond) is tried on virtual nodes.
 */
let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'statelite-net-')); });
afterEach(() => { rmSync(directory, { recursive: true, force: true }); });

const MAC = (number: number): string => `52:54:00:00:00:0${number}`;

interface Outcome {
  readonly lease: string;
  readonly addresses: string;
  /** Interfaces with their IPv6 link-local address. */
  readonly linkLocal: string;
  readonly routes: string;
  readonly resolv: string;
  readonly said: readonly string[];
  readonly stopped: string;
}

/** `unfit`: interfaces from which the root cannot be mounted. */
function networkUp(commandLine: string, without: readonly string[] = [], unfit = ''): Outcome {
  writeFileSync(join(directory, 'cmdline'), `BOOT_IMAGE=kernel ${commandLine}\n`);
  writeFileSync(join(directory, 'run'), HARNESS);
  const { stdout, stderr } = spawnSync('unshare', ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', join(directory, 'run'), directory, resolve('netboot/dracut/98statelite'), ...without], { encoding: 'utf8', timeout: 90_000, env: { ...process.env, UNFIT: unfit } });
  const part = (name: string): string => new RegExp(`<${name}>\n([^]*?)</${name}>`).exec(stdout)?.[1]?.trim() ?? `no ${name} in ${stdout}${stderr}`;
  return {
    lease: part('lease'), addresses: part('addresses'), linkLocal: part('linkLocal'), routes: part('routes'), resolv: part('resolv'),
    said: [...stdout.matchAll(/^say: (.*)$/gm)].map(([, text = '']) => text), stopped: /^stop: (.*)$/m.exec(stdout)?.[1] ?? '',
  };
}

const HARNESS = `
set -eu
home=$1 module=$2 root=$1/root
shift 2
mount --make-rprivate /
mkdir -p $root && mount -t tmpfs tmpfs $root
mkdir -p $root/usr $root/sbin $root/etc $root/proc $root/sys $root/run/statelite $root/tmp $root/dev $root/module $root/var/lib/dhcpcd $root/var/lib/dhcp
for link in bin lib lib64; do ln -s usr/$link $root/$link; done
mount --bind /usr $root/usr && mount --bind $module $root/module && mount --bind /dev $root/dev && mount --bind /etc $root/etc
cp $module/statelite-dhcp-event $root/sbin/
mount -t proc proc $root/proc && mount --bind $home/cmdline $root/proc/cmdline
rm -f $home/ready
: >$home/nothing
for program; do mount --bind $home/nothing $root/usr/$program; done
unshare --net sh -c 'ip link set lo up; : >'$home'/ready; exec sleep 100' &
server=$!
until [ -e $home/ready ]; do sleep 0.05; done
for number in 0 1 2; do
    ip link add eth$number address 52:54:00:00:00:0$number type veth peer name peer$number
    ip link set peer$number netns $server
    nsenter -t $server --net ip address add 10.77.$number.1/24 dev peer$number
    nsenter -t $server --net ip link set peer$number up
done
mount -t sysfs sysfs $root/sys
nsenter -t $server --net dnsmasq --no-daemon --conf-file=/dev/null --port=0 --interface=peer1 --interface=peer2 --bind-interfaces --dhcp-authoritative --no-ping --dhcp-leasefile=$home/leases \\
    --dhcp-range=10.77.1.50,10.77.1.60 --dhcp-range=10.77.2.50,10.77.2.60 --dhcp-option=option:dns-server,10.77.1.1 --dhcp-option=option:domain-name,cluster --dhcp-option=option:mtu,1400 \\
    --dhcp-host=52:54:00:00:00:01,10.77.1.11,n01 --dhcp-host=52:54:00:00:00:02,10.77.2.11,n01 >$home/dnsmasq.log 2>&1 &
for try in 1 2 3 4 5 6 7 8 9 10; do ! grep -q 'DHCP, IP range 10.77.1' $home/dnsmasq.log || break; sleep 0.1; done
chroot $root /bin/sh -c '
RUN=/run/statelite
say() { echo "say: $*"; }
stop() { echo "stop: $*"; exit 1; }
back_off() { :; }
load_drivers() { :; }
. /module/statelite-lib.sh
. /module/statelite-network.sh
network_up
message="no answer in 40 s"
for round in 1 2 3; do case " $UNFIT " in *" $interface "*) other_network || echo "say: no other network" ;; esac; done
' || true
show() { echo "<$1>"; shift; "$@" || true; echo "</$name>"; }
name=lease; show lease cat $root/run/statelite/lease 2>&1
name=resolv; show resolv cat $root/run/statelite/resolv.conf 2>&1
name=addresses; show addresses ip -4 -br address show
name=linkLocal; show linkLocal ip -6 -br address show scope link
name=routes; show routes ip -4 route show
`;

describe('the network of the initrd', () => {
  test('comes up by DHCP on the interface of BOOTIF, whatever others there are, and takes what the server says', () => {
    const { lease, addresses, routes, resolv } = networkUp(`BOOTIF=01-${MAC(2).replaceAll(':', '-').toUpperCase()}`);
    expect([lease, resolv]).toEqual(['eth2 10.77.2.11', 'search cluster\nnameserver 10.77.1.1']);
    expect(routes).toContain('default via 10.77.2.1 dev eth2');
    expect(addresses).not.toMatch(/eth1.*10\./);
  });

  test('tries each interface in turn when nothing names one: the wrong one first costs time, not the boot', () => {
    expect(networkUp('quiet').lease).toBe('eth1 10.77.1.11');
  });

  test('goes on to the next interface when the root cannot be mounted over one with an address, and after the last begins again', () => {
    const { lease, addresses, routes, said } = networkUp('quiet', [], 'eth1');
    expect([lease, said]).toEqual(['eth2 10.77.2.11', ['eth1 has an address, but the root cannot be mounted from there: no answer in 40 s']]);
    expect([addresses, routes]).toEqual([expect.not.stringMatching(/eth1.*10\./), expect.stringMatching(/^default via 10\.77\.2\.1 dev eth2 \n10\.77\.2/)]);
    expect(networkUp('quiet', [], 'eth1 eth2').said).toEqual([expect.stringMatching(/^eth1 has/), expect.stringMatching(/^eth2 has/), 'no other network', expect.stringMatching(/^eth1 has/)]);
    expect(networkUp('netdev=eth1', [], 'eth1')).toMatchObject({ lease: 'eth1 10.77.1.11', said: ['no other network', 'no other network', 'no other network'] });
  }, 120_000);

  test('takes the interface of netdev= or bootdev=', () => {
    expect(networkUp('netdev=eth2').lease).toBe('eth2 10.77.2.11');
    expect(networkUp('netdev=eth2 bootdev=eth1').lease).toBe('eth1 10.77.1.11');
  });

  test.each([
    ['udhcpc', []],
    ['dhclient', ['sbin/udhcpc', 'bin/busybox']],
    ['dhcpcd', ['sbin/udhcpc', 'bin/busybox', 'sbin/dhclient']],
  ])('comes up with %s where that is the client, and keeps its IPv6 link-local address', (_client, without) => {
    const { lease, linkLocal, routes, resolv } = networkUp('netdev=eth1', without);
    expect(linkLocal).toMatch(/^eth1@\S+ +UP +fe80::5054:ff:fe00:1\/64/);
    expect([lease, resolv]).toEqual(['eth1 10.77.1.11', 'search cluster\nnameserver 10.77.1.1']);
    expect(routes).toContain('default via 10.77.1.1 dev eth1');
  });

  test('is as ip= says: a static address with name servers, on the interface it names or that was booted from', () => {
    const named = networkUp('ip=10.77.1.99::10.77.1.1:255.255.255.0:n99:eth1:none nameserver=10.77.1.2 rd.route=10.9.0.0/16:10.77.1.3:eth1');
    expect([named.lease, named.resolv]).toEqual(['eth1 10.77.1.99', 'nameserver 10.77.1.2']);
    expect(named.addresses).toMatch(/eth1\S* +UP +10\.77\.1\.99\/24/);
    expect(named.routes).toMatch(/default via 10\.77\.1\.1 dev eth1[^]*10\.9\.0\.0\/16 via 10\.77\.1\.3 dev eth1/);
    const booted = networkUp(`BOOTIF=01-${MAC(2).replaceAll(':', '-')} ip=10.77.2.98::10.77.2.1:24:n98::none:10.77.2.5:10.77.2.6`);
    expect([booted.lease, booted.resolv]).toEqual(['eth2 10.77.2.98', 'nameserver 10.77.2.5\nnameserver 10.77.2.6']);
  });

  test('gives several interfaces their addresses; bootdev= says which is the node\'s', () => {
    const { lease, addresses } = networkUp('ip=eth1:dhcp:1300 ip=10.77.2.97:::255.255.255.0::eth2:none bootdev=eth2');
    expect(lease).toBe('eth2 10.77.2.97');
    expect(addresses).toMatch(/eth1\S* +UP +10\.77\.1\.11\/24[^]*eth2\S* +UP +10\.77\.2\.97\/24/);
  });

  test('with the words that nodeset has for further interfaces, the one that is booted from has the last word', () => {
    const { lease, addresses, routes, resolv } = networkUp(`BOOTIF=01-${MAC(2).replaceAll(':', '-')} ip=eth1:dhcp ip=eth2:dhcp bootdev=eth2`);
    expect([lease, resolv]).toEqual(['eth2 10.77.2.11', 'search cluster\nnameserver 10.77.1.1']);
    expect(addresses).toMatch(/eth1\S* +UP +10\.77\.1\.11\/24[^]*eth2\S* +UP +10\.77\.2\.11\/24/);
    expect(routes).toContain('default via 10.77.2.1 dev eth2');
  });

  test('calls an interface as ifname= says', () => {
    expect(networkUp(`ifname=net0:${MAC(1)} ip=net0:dhcp`).lease).toBe('net0 10.77.1.11');
  });

  test.each([
    ['ip=[2001:db8::1]::[2001:db8::2]:64::eth1:none', /only IPv4/],
    ['ip=eth9:dhcp', /there is no interface eth9; found: .*eth1\(52:54:00:00:00:01\)/],
    ['vlan=prod:eth1', /does not end in the number of the VLAN/],
    [`ifname=net0:${MAC(9)}`, /no interface has this address/],
  ])('stops with one clear line at %s', (words, reason) => {
    expect(networkUp(words).stopped).toMatch(reason);
  });
});

test('the kernel command line is read as dracut reads it', () => {
  writeFileSync(join(directory, 'cmdline'), 'BOOT_IMAGE=k shell NFSROOT=a:/x opt="a & b" NFSROOT=b:/y no=0 w=* rd.shell=force\n');
  const told = execFileSync('unshare', ['--mount', 'sh', '-c', [
    'mount --bind "$1/cmdline" /proc/cmdline', '. "$2/statelite-lib.sh"', 'getarg NFSROOT=', 'getargs NFSROOT=', 'getarg opt=', 'getarg w=',
    'for word in shell no absent rd.shell=force; do getargbool 0 $word && echo "$word yes" || echo "$word no"; done', 'getarg absent= || echo none', 'getargbool 1 absent && echo default',
  ].join('\n'), 'sh', directory, resolve('netboot/dracut/98statelite')], { encoding: 'utf8' });
  expect(told.trim().split('\n')).toEqual(['b:/y', 'a:/x', 'b:/y', 'a & b', '*', 'shell yes', 'no no', 'absent no', 'rd.shell=force yes', 'none', 'default']);
});
