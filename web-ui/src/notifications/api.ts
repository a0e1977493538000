// Calls about notifications.
import { api, take } from '../api/http';
import type { Id, Level, NoticePage, NotificationSettings, PlaceLevel, PushOffer } from '../api/types';

export interface LevelChoice {
  level: Level | null;
  muted: boolean;
  muted_until: number | null;
}

export const putLevel = (placeId: Id, body: LevelChoice): Promise<PlaceLevel> =>
  take(api.PUT('/api/v1/notifications/levels/{id}', { params: { path: { id: placeId } }, body }));

export const putSettings = (body: NotificationSettings): Promise<NotificationSettings> =>
  take(api.PUT('/api/v1/notifications/settings', { body }));

export const loadNotices = (before?: Id): Promise<NoticePage> =>
  take(api.GET('/api/v1/notifications', { params: { query: before === undefined ? {} : { before } } }));

export const loadUnread = (): Promise<{ unread: number }> => take(api.GET('/api/v1/notifications/unread'));

export const readNotices = (body: { upto?: Id; ids?: Id[] }): Promise<{ unread: number }> =>
  take(api.POST('/api/v1/notifications/read', { body }));

export const loadPushOffer = (): Promise<PushOffer> => take(api.GET('/api/v1/notifications/push'));

export async function putPush(subscription: PushSubscription): Promise<void> {
  const { endpoint, keys } = subscription.toJSON();
  const { p256dh = '', auth = '' } = keys ?? {};
  await take(
    api.PUT('/api/v1/notifications/push', { body: { endpoint: endpoint ?? '', keys: { p256dh, auth } } }),
  );
}

export const deletePush = async (): Promise<void> =>
  void (await take(api.DELETE('/api/v1/notifications/push')));

export const testPush = async (): Promise<void> =>
  void (await take(api.POST('/api/v1/notifications/push/test')));
