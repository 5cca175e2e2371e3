"""The contenders: functions from a task to an `answers.Answer`, one per way to do a job.

A task names the files of its log (`parquet`, `account_id`, `content_id`, `ts`, `token` …) and the
settings: `window` in seconds, `min_tokens`, `threshold`, `threads`, `scratch` (its own folder).
Imports of the library at hand stand in the function and are not timed.
"""
