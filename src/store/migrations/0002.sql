-- What a receiver recognises a request by when it is sent again.
ALTER TABLE intent ADD COLUMN idempotency_key TEXT NOT NULL DEFAULT '';
-- When the event begins by the item that stands there: some services cannot be asked.
ALTER TABLE delivery ADD COLUMN item_begins INTEGER;
