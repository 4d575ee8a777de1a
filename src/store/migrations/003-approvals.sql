-- What the executor wants before it applies this request's plan, in its own words, once the person was told of it.
ALTER TABLE request ADD COLUMN wants TEXT;
-- How a change that was not done came to its end, where it did not fail: cancelled, denied, expired.
ALTER TABLE request ADD COLUMN ended_as TEXT;
