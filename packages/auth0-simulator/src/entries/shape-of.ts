import { guardian } from "./guardian-shape.ts";
import { loginFailed, loginSucceeded, logout, signup, silentAuthentication } from "./login-shapes.ts";
import { managementOperation } from "./management-shape.ts";
import { accountChange, limitReached, plain, scimOperation, systemNotification } from "./other-shapes.ts";
import type { Scene, Shape, Shaper } from "./shape.ts";
import { tokenExchange } from "./token-exchange-shape.ts";

const byCode: Readonly<Record<string, Shaper>> = {
  fapi: managementOperation,
  mgmt_api_read: managementOperation,
  pwd_leak: limitReached,
  reset_pwd_leak: limitReached,
  signup_pwd_leak: limitReached,
  token_quota_consumption_warning: systemNotification,
};

const byPrefix: readonly (readonly [prefix: string, shaper: Shaper])[] = [
  ["gd_", guardian],
  ["limit_", limitReached],
  ["kms_", systemNotification],
];

/** The first prefix that fits a category counts. */
const byCategory: readonly (readonly [prefix: string, shaper: Shaper])[] = [
  ["auth.login.success", loginSucceeded],
  ["auth.login.fail", loginFailed],
  ["auth.signup", signup],
  ["auth.silent_auth", silentAuthentication],
  ["auth.logout", logout],
  ["auth.token_exchange", tokenExchange],
  ["management", managementOperation],
  ["scim", scimOperation],
  ["system", systemNotification],
  ["user", accountChange],
];

/** The form of an entry of the scene's code. */
export function shapeOf(scene: Scene): Shape {
  const category = scene.eventType?.category ?? "";
  const shaper =
    byCode[scene.code] ??
    byPrefix.find(([prefix]) => scene.code.startsWith(prefix))?.[1] ??
    byCategory.find(([prefix]) => category.startsWith(prefix))?.[1] ??
    plain;
  return shaper(scene);
}
