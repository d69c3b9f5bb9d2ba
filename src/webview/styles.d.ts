/** Style sheets are bundled by esbuild; importing one only makes it part of the bundle. */
declare module "*.css";
