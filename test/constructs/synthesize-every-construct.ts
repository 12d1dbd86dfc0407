import { join } from 'node:path';
import { App, YamlOutputType } from 'cdk8s';
import { addEveryConstruct } from './every-construct';

/** Run as a program of its own: writes every construct into the folder that is its argument, a file per chart and a file per resource. */
function main([folder = '.']: readonly string[]): void {
  for (const yamlOutputType of [YamlOutputType.FILE_PER_CHART, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE]) {
    const app = new App({ outdir: join(folder, YamlOutputType[yamlOutputType]), yamlOutputType });
    addEveryConstruct(app);
    app.synth();
  }
}

main(process.argv.slice(2));
