/** Version of the package, the controller and its image; a test compares it with package.json. */
export const PACKAGE_VERSION = '0.1.0';
