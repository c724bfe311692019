import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {modelConfig, type ModelConfig} from '../lifecycle/settings.js';
import type {ModelSources} from '../lifecycle/manager.js';
import type {Log} from '../log.js';
import {invalidArgument} from '../status/status.js';
import {folderOf} from './base-path.js';
import {readServerConfig} from './files.js';
import type {Settings} from './flags.js';
import {modelConfigs} from './model-config.js';

/** The models that the settings name. @throws StatusError when they name none, or their file is refused. */
export async function modelSources(settings: Settings): Promise<ModelSources> {
  const {model_base_path: path, model_name: name, model_root: root, model_config_file: file} = settings;
  if (path === '' && root === '' && file === '') {
    throw invalidArgument('Nothing to serve: give --model_root, --model_base_path or --model_config_file');
  }
  const modelRoot = root === '' ? null : resolve(root);
  if (file !== '') return {configs: modelConfigs(await readServerConfig(file)), modelRoot};
  return {configs: path === '' ? [] : [modelConfig(name, resolve(folderOf(name, path)))], modelRoot};
}

/**
 * Reads the config file again and again and puts what has changed in force. A file that is refused is logged once, changes
 * nothing, and is tried again: a version that its labels want may be loaded by then.
 * @returns a function that ends it
 */
export function watchConfigFile(
  file: string,
  seconds: number,
  reload: (configs: ModelConfig[]) => Promise<void>,
  log: Log,
): () => void {
  let seen: string | null = null;
  let complaint = '';
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  const look = async (): Promise<void> => {
    try {
      const text = await readFile(file, 'utf8');
      if (seen !== null && seen !== text) await reload(modelConfigs(await readServerConfig(file)));
      seen = text;
      complaint = '';
    } catch (error) {
      const {message} = error as Error;
      if (message !== complaint) log('error', `${file} is not used, the models stay as they are: ${message}`);
      complaint = message;
    }
    if (!stopped) timer = setTimeout(() => void look(), seconds * 1000);
  };
  void look();
  return () => {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
  };
}
