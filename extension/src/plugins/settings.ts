import type {ISettingRegistry} from '@jupyterlab/settingregistry';

/** A setting that its schema says is text. */
export function readText(settings: ISettingRegistry.ISettings, name: string): string {
  return String(settings.composite[name] ?? '');
}

/** A setting that its schema says is true or false. */
export function readFlag(settings: ISettingRegistry.ISettings, name: string): boolean {
  return settings.composite[name] === true;
}
