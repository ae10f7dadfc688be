import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputFileSync } from 'fs-extra/esm';
import { openTemplates } from '../../lib/boot/render.ts';
import { createFiles } from '../../lib/system/files.ts';

const data = {
  state: 'statelite centos5.3-x86_64-all', local: false, kernel: 'xcat/netboot/centos5.3/x86_64/all/kernel', initrd: 'xcat/netboot/centos5.3/x86_64/all/initrd.gz',
  arguments: 'NFSROOT=172.10.0.1:/install/netboot/centos5.3/x86_64/all STATEMNT=cnfs:/gpfs/state XCAT=172.10.0.1:3001 opt="a & b"',
  protocol: 'tftp', server: '172.10.0.1', httpPort: '80', tftpDirectory: '/tftpboot',
};

describe('boot-loader templates', () => {
  let installdir = '';
  beforeEach(() => { installdir = mkdtempSync(join(tmpdir(), 'render-')); });
  afterEach(() => rmSync(installdir, { recursive: true }));
  const override = (name: string, text: string): void => outputFileSync(join(installdir, 'custom/netboot/templates', name), text);

  test('pxelinux has the form of the 2010 design', async () => {
    const render = await openTemplates(createFiles(), installdir);
    expect(render('pxelinux.njk', data)).toBe([
      '#statelite centos5.3-x86_64-all',
      'DEFAULT xCAT',
      'LABEL xCAT',
      '  KERNEL xcat/netboot/centos5.3/x86_64/all/kernel',
      '  APPEND initrd=xcat/netboot/centos5.3/x86_64/all/initrd.gz NFSROOT=172.10.0.1:/install/netboot/centos5.3/x86_64/all STATEMNT=cnfs:/gpfs/state XCAT=172.10.0.1:3001 opt="a & b"',
      '  IPAPPEND 2',
      '',
    ].join('\n'));
    expect(render('pxelinux.njk', { state: 'boot', local: true })).toBe('#boot\nDEFAULT xCAT\nLABEL xCAT\n  LOCALBOOT 0\n');
  });

  test('xnba is an iPXE script', async () => {
    const render = await openTemplates(createFiles(), installdir);
    expect(render('xnba.njk', { ...data, arguments: 'XCAT=172.10.0.1:3001' })).toBe([
      '#!gpxe',
      '#statelite centos5.3-x86_64-all',
      'imgfetch -n kernel http://${next-server}:80/tftpboot/xcat/netboot/centos5.3/x86_64/all/kernel',
      'imgload kernel',
      'imgargs kernel initrd=initrd XCAT=172.10.0.1:3001 BOOTIF=01-${netX/mac:hexhyp}',
      'imgfetch -n initrd http://${next-server}:80/tftpboot/xcat/netboot/centos5.3/x86_64/all/initrd.gz',
      'imgexec kernel',
      '',
    ].join('\n'));
    expect(render('xnba.njk', { state: 'boot', local: true })).toBe('#!gpxe\n#boot\nexit\n');
  });

  test('grub2 has one menu entry', async () => {
    const render = await openTemplates(createFiles(), installdir);
    expect(render('grub2.njk', { ...data, arguments: 'XCAT=172.10.0.1:3001' })).toBe([
      '#statelite centos5.3-x86_64-all',
      'timeout=5',
      'menuentry "xCAT OS Deployment" {',
      '  if [ "$grub_netfs_type" = efi ]; then',
      '    set top=/tftpboot',
      '  else',
      '    insmod tftp',
      '    set root=tftp,172.10.0.1',
      '    set top=',
      '  fi',
      '  echo "Loading statelite centos5.3-x86_64-all"',
      '  linux $top/xcat/netboot/centos5.3/x86_64/all/kernel XCAT=172.10.0.1:3001 BOOTIF=$net_default_mac',
      '  initrd $top/xcat/netboot/centos5.3/x86_64/all/initrd.gz',
      '}',
      '',
    ].join('\n'));
    expect(render('grub2.njk', { ...data, arguments: '', protocol: 'http', httpPort: '8080' })).toContain('    insmod http\n    set root=http,172.10.0.1:8080\n    set top=/tftpboot\n');
    expect(render('grub2.njk', { state: 'boot', local: true })).toBe('#boot\ntimeout=5\nexit\n');
  });

  test('a file of the site wins over the shipped one', async () => {
    override('pxelinux.njk', '#{{ state }} ours\n');
    expect((await openTemplates(createFiles(), installdir))('pxelinux.njk', data)).toBe('#statelite centos5.3-x86_64-all ours\n');
  });

  test('a template of the site may include another of its files', async () => {
    override('pxelinux.njk', '#{{ state }}\n{% include "console.njk" %}');
    override('console.njk', 'SERIAL 0 115200\n');
    expect((await openTemplates(createFiles(), installdir))('pxelinux.njk', data)).toBe('#statelite centos5.3-x86_64-all\nSERIAL 0 115200\n');
  });

  test.each([
    ['#{{ nothing }}', /template pxelinux\.njk cannot be filled: .*undefined/],
    ['{% if %}', /template pxelinux\.njk cannot be filled/],
    ['{% include "gone.njk" %}', /there is no template gone\.njk/],
  ])('the broken template %j is refused', async (text, message) => {
    override('pxelinux.njk', text);
    const render = await openTemplates(createFiles(), installdir);
    expect(() => render('pxelinux.njk', data)).toThrow(message);
    expect(() => render('pxelinux.njk', data)).toThrow(expect.objectContaining({ code: 'TEMPLATE_INVALID' }));
  });
});
