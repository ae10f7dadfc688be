import { defineTable } from './table.ts';

export const nodetype = defineTable({
  name: 'nodetype',
  help: 'Which operating system and image a node runs.',
  keys: ['node'],
  nodeKeyed: true,
  columns: {
    node: 'Name of a node, or of a group that passes the value on to its members.',
    os: 'Operating system with its version, for example debian12 or rhels9.4.',
    arch: 'Processor architecture: x86_64, aarch64, ppc64le.',
    profile: 'Flavour of the image, for example compute.',
    provmethod: 'Name of the osimage to boot, or one of install, netboot, statelite: the image is then found from os, arch and profile.',
    supportedarchs: 'Architectures the hardware can run, separated by commas.',
    nodetype: 'Kind of the node, several separated by commas, for example osi,vm.',
  },
});
