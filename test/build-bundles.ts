/** Once before the tests: the executor's bundles, as they would be installed. */
import { build } from "../src/executor/build.ts";

export default async function buildBundles(): Promise<void> {
  await build();
}
