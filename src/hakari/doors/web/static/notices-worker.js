// Shows push messages and leads to what they are about. Holds no data and touches no request.
self.addEventListener("push", (event) => {
  let told;
  try { told = event.data.json(); } catch { return; }
  event.waitUntil(self.registration.showNotification(told.title, { body: told.body, tag: told.kind, data: { path: told.path } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = String(event.notification.data?.path ?? "/me/notices");
  // A page of this node only.
  const target = new URL(path, self.location.origin);
  if (target.origin === self.location.origin) event.waitUntil(self.clients.openWindow(target.href));
});
