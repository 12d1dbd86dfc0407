import { descriptorOf } from './blob';
import type { PlatformImage } from './image';
import type { Architecture, Pins } from './pins';
import { PROGRAM_FOLDER, type Program } from './program';

/** One thing in an image. */
interface Part {
  readonly name: string;
  readonly version: string;
  /** In the form of SPDX; absent where it is a text of its own, in the image below /usr/share/doc. */
  readonly license?: string;
  /** How scanners know it (package-url specification). */
  readonly purl: string;
  /** Of the file that it came in. */
  readonly integrity?: string;
  readonly comment?: string;
}

/** A bill of materials in the form of SPDX 2.3: what the image of one platform is made of. The same bytes for the same image. */
export function sbomOf(image: PlatformImage, pins: Pins, program: Program): object {
  const { version, date } = program.info;
  const { digest } = descriptorOf(image.manifest);
  const packages = partsOf(image.architecture, pins, program).map((part, index) => packageOf(part, `SPDXRef-Package-${index}`));
  const root = {
    SPDXID: 'SPDXRef-Image',
    name: 'agent-sandbox-controller',
    versionInfo: version,
    primaryPackagePurpose: 'CONTAINER',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'Apache-2.0',
    copyrightText: 'NOASSERTION',
    checksums: [{ algorithm: 'SHA256', checksumValue: digest.slice('sha256:'.length) }],
  };
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `agent-sandbox-controller-${version}-linux-${image.architecture}`,
    documentNamespace: `https://github.com/cdk8s-agent-sandbox/cdk8s-agent-sandbox/sbom/${digest}`,
    creationInfo: { created: date === 'unknown' ? '1970-01-01T00:00:00Z' : date, creators: [`Tool: cdk8s-agent-sandbox-${version}`] },
    packages: [root, ...packages],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: root.SPDXID },
      ...packages.map(({ SPDXID }) => ({ spdxElementId: root.SPDXID, relationshipType: 'CONTAINS', relatedSpdxElement: SPDXID })),
    ],
  };
}

function partsOf(architecture: Architecture, { debian, node }: Pins, { info }: Program): Part[] {
  return [
    ...debian.packages[architecture].map(({ name, version, integrity }) => ({
      name,
      version,
      integrity,
      purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-${debian.release}`,
    })),
    {
      name: 'node',
      version: node.version,
      license: 'MIT',
      purl: `pkg:generic/node@${node.version}`,
      integrity: node.packages[architecture].integrity,
      comment: `From the npm package ${node.packages[architecture].name}. Libraries that are part of node are listed in /usr/share/doc/node/copyright.`,
    },
    {
      name: 'cdk8s-agent-sandbox',
      version: info.version,
      license: 'Apache-2.0',
      purl: `pkg:npm/cdk8s-agent-sandbox@${info.version}`,
      comment: `The programs in /${PROGRAM_FOLDER}, from commit ${info.commit}.`,
    },
    ...info.packages.map(({ name, version, license }) => ({
      ...{ name, version, license },
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      comment: `Part of the programs in /${PROGRAM_FOLDER}.`,
    })),
  ];
}

const packageOf = ({ name, version, license, purl, integrity, comment }: Part, id: string) => ({
  SPDXID: id,
  name,
  versionInfo: version,
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: license ?? 'NOASSERTION',
  copyrightText: 'NOASSERTION',
  ...(integrity !== undefined && { checksums: [checksumOf(integrity)] }),
  externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  ...(comment !== undefined && { comment }),
});

function checksumOf(integrity: string): object {
  const [algorithm = '', hash = ''] = integrity.split(/-(.*)/s);
  return { algorithm: algorithm.toUpperCase(), checksumValue: Buffer.from(hash, 'base64').toString('hex') };
}
