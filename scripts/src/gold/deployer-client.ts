import {
  CLIENT_HEADER,
  TOKEN_HEADER,
  type ApiError,
  type Deployment,
  type DeploymentRequest,
} from '@ingot/deployer/deployment';

/** The deployer's API, as a script without a browser calls it. */
export interface DeployerClient {
  deploy(request: DeploymentRequest): Promise<Deployment>;
  get(id: string): Promise<Deployment>;
  /**
   * Waits until a deployment is live.
   * @throws Error with the reason and the remedy when it failed.
   */
  untilLive(id: string, progress: (deployment: Deployment) => void): Promise<Deployment>;
}

export function createDeployerClient(url: string, token: string): DeployerClient {
  async function call<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        [TOKEN_HEADER]: token,
        [CLIENT_HEADER]: 'ingot-scripts',
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
      },
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
      signal: AbortSignal.timeout(30_000),
    });
    const answer = (await response.json()) as T | ApiError;
    if (!response.ok) {
      const {error} = answer as ApiError;
      throw new Error(`The deployer refused ${path} (${response.status}): ${error.message} ${error.remedy ?? ''}`);
    }
    return answer as T;
  }

  const get = (id: string): Promise<Deployment> => call(`/api/deployments/${encodeURIComponent(id)}`);
  return {
    deploy: request => call('/api/deployments', request),
    get,
    async untilLive(id, progress) {
      for (;;) {
        const deployment = await get(id);
        progress(deployment);
        if (deployment.state === 'live') return deployment;
        if (deployment.state === 'failed') {
          const {reason, remedy} = deployment.failure ?? {reason: 'no reason given', remedy: ''};
          throw new Error(`Deployment ${id} failed: ${reason} ${remedy}`);
        }
        await new Promise(resolve => setTimeout(resolve, 200));
      }
    },
  };
}
