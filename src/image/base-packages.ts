/** Packages of Debian that Node.js runs on, and what is taken from each: `readelf -d` of node names the libraries. */
export const BASE_PACKAGES: Readonly<Record<string, RegExp>> = {
  // The links to the libraries, the name of the release for scanners, and the licences that the copyright files refer to.
  'base-files': /^(lib|lib64|etc\/(debian_version|host\.conf|os-release)|usr\/lib\/os-release|usr\/share\/common-licenses\/.+)$/,
  'gcc-14-base': /^$/,
  // Names are resolved with nss_dns and nss_files, which glibc loads on its own.
  libc6: /^usr\/(lib64|lib(\/[^/]+)?)\/(ld-linux-[^/]+|lib(c|dl|m|nss_dns|nss_files|pthread|resolv|rt)\.so\.\d+)$/,
  'libgcc-s1': /^usr\/lib\/[^/]+\/libgcc_s\.so\.\d+$/,
  'libstdc++6': /^usr\/lib\/[^/]+\/libstdc\+\+\.so\.[\d.]+$/,
};
/** Copyright, or the link to the folder that has it. */
export const COPYRIGHT = /^usr\/share\/doc\/[^/]+(\/copyright)?$/;
