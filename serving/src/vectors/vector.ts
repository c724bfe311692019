import {readFile} from 'node:fs/promises';

/** A case of TensorFlow Serving's behaviour: an input, and what must come of it. One JSON object a line of a file. */
export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly api: string;
  readonly input: VectorInput;
  /** Input name to "DT_..." for the cases that need no model. */
  readonly tensor_specs: Readonly<Record<string, string>> | null;
  readonly expect: Expectation;
}

export interface VectorTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly unknown[];
}

/** The inputs of all kinds of cases together; each case has some of these. */
export interface VectorInput {
  readonly body?: string;
  readonly body_template?: string;
  readonly format?: 'row' | 'columnar';
  readonly outputs?: Readonly<Record<string, VectorTensor>>;
  readonly classifications?: readonly (readonly (readonly [string, unknown])[])[];
  readonly regressions?: readonly unknown[];
  readonly status?: string;
  readonly message?: string;
  readonly server?: ServerSetup;
  readonly method?: string;
  readonly path?: string;
  readonly rpc?: string;
  readonly request?: Readonly<Record<string, unknown>>;
  readonly dirs?: readonly string[];
  readonly version_policy?: PolicySetup | null;
  readonly change?: string;
  readonly policy?: string;
  readonly versions?: readonly {version: number; state: string; aspired: number | boolean}[];
  readonly options?: {readonly allow_version_labels_for_unavailable_models?: boolean};
  readonly loaded?: readonly number[];
  readonly steps?: readonly {readonly reload_labels: Readonly<Record<string, number>>}[];
  readonly gauge?: string;
  readonly counter?: string;
  readonly histogram?: string;
  readonly sampler?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly buckets?: readonly number[];
  readonly samples?: readonly number[];
  readonly values?: readonly number[];
}

export interface ServerSetup {
  readonly model: string;
  readonly base_path?: string;
  readonly versions_loaded: readonly number[];
  readonly labels?: Readonly<Record<string, number>>;
}

export interface PolicySetup {
  readonly latest?: {readonly num_versions?: number};
  readonly all?: object;
  readonly specific?: {readonly versions: readonly number[]};
}

export interface Expectation {
  readonly status?: string;
  readonly http?: number;
  readonly grpc?: number;
  readonly message_contains?: string | readonly string[];
  readonly message_derived?: string;
  readonly body?: string;
  readonly json_text?: string;
  readonly compare?: 'json' | 'json_numbers_as_strings';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body_contains?: string;
  readonly text_contains?: string;
  readonly format?: string;
  readonly signature_name?: string;
  readonly tensors?: Readonly<Record<string, VectorTensor>>;
  readonly context?: VectorFeatures;
  readonly examples?: readonly VectorFeatures[];
  readonly match?: boolean;
  readonly dispatched?: boolean;
  readonly model?: string;
  readonly version?: number;
  readonly label?: string;
  readonly method?: string;
  readonly subresource?: string;
  readonly aspired?: readonly (readonly [number, string])[];
  readonly action?: readonly ['load' | 'unload', number] | null;
  readonly model_version_status_count?: number;
  readonly model_spec?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly results?: readonly unknown[];
  readonly each_model_spec_version?: number;
}
export type VectorFeatures = Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;

/** @throws Error naming the line that is no JSON. */
export async function readVectors(file: string): Promise<Vector[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as Vector];
    } catch (error) {
      throw new Error(`${file}, line ${i + 1}: ${(error as Error).message}`, {cause: error});
    }
  });
}

/** Special floats travel as strings. */
export function numberOf(value: unknown): number {
  return value === '-0' ? -0 : Number(value);
}
