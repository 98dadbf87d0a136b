# An example: the bucket that chargefeed writes to, and a CDN in front of it. What the bucket has (whole documents, closed journal
# segments, the ledger) is served from there; what it has not (pages by cursor, single objects) is asked of the web processes.
#
#   terraform init; terraform apply -var bucket=stadtwerke-open-data -var origin=charging-origin.example
#
# Then in chargefeed's settings: store.s3.bucket, and web.url with the CDN's name.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "origin" {
  description = "Host name of the web processes, with TLS, for what is not in the bucket."
  type        = string
}

variable "lock_days" {
  description = "As ledger.object_lock_days in the settings: the bucket gets Object Lock, which can only be had from the start. 0: none."
  type        = number
  default     = 0
}

resource "aws_s3_bucket" "feed" {
  bucket              = var.bucket
  object_lock_enabled = var.lock_days > 0
}

# Whatever is overwritten or deleted, by whomever, can be had back for 30 days.
resource "aws_s3_bucket_versioning" "feed" {
  bucket = aws_s3_bucket.feed.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "feed" {
  bucket     = aws_s3_bucket.feed.id
  depends_on = [aws_s3_bucket_versioning.feed]
  rule {
    id     = "earlier-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

# Readers come by the CDN alone.
resource "aws_s3_bucket_public_access_block" "feed" {
  bucket                  = aws_s3_bucket.feed.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "readers" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.feed.arn}/*"]
    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.feed.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "feed" {
  bucket = aws_s3_bucket.feed.id
  policy = data.aws_iam_policy_document.readers.json
}

# What the workers may: attach it to the role of their machines.
data "aws_iam_policy_document" "writers" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.feed.arn]
  }
  statement {
    actions   = concat(["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"], var.lock_days > 0 ? ["s3:PutObjectRetention"] : [])
    resources = ["${aws_s3_bucket.feed.arn}/*"]
  }
}

resource "aws_iam_policy" "writers" {
  name   = "chargefeed-${var.bucket}"
  policy = data.aws_iam_policy_document.writers.json
}

resource "aws_cloudfront_origin_access_control" "feed" {
  name                              = var.bucket
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# Both obey the Cache-Control that chargefeed writes; the bucket's documents do not depend on the query.
resource "aws_cloudfront_cache_policy" "documents" {
  name        = "${var.bucket}-documents"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 31536000
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip = true
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

data "aws_cloudfront_cache_policy" "none" {
  name = "Managed-CachingDisabled"
}

data "aws_cloudfront_origin_request_policy" "everything" {
  name = "Managed-AllViewerExceptHostHeader"
}

resource "aws_cloudfront_distribution" "feed" {
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"

  origin {
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.feed.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.feed.id
  }

  origin {
    origin_id   = "web"
    domain_name = var.origin
    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  origin_group {
    origin_id = "bucket-then-web"
    failover_criteria {
      status_codes = [403, 404, 500, 502, 503, 504]
    }
    member {
      origin_id = "bucket"
    }
    member {
      origin_id = "web"
    }
  }

  default_cache_behavior {
    target_origin_id         = "web"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.none.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.everything.id
    compress                 = true
  }

  dynamic "ordered_cache_behavior" {
    for_each = toset(["/open/*.json", "/open/*.csv", "/open/*.xml", "/open/*.geojson", "/open/*.jsonld", "/open/changes/*", "/open/snapshots/*", "/ledger/checkpoint", "/ledger/keys", "/ledger/tile/*"])
    content {
      path_pattern           = ordered_cache_behavior.value
      target_origin_id       = "bucket-then-web"
      viewer_protocol_policy = "redirect-to-https"
      allowed_methods        = ["GET", "HEAD", "OPTIONS"]
      cached_methods         = ["GET", "HEAD"]
      cache_policy_id        = aws_cloudfront_cache_policy.documents.id
      compress               = true
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

output "domain" {
  description = "Where readers come to; a name of your own needs a certificate in viewer_certificate, and aliases."
  value       = aws_cloudfront_distribution.feed.domain_name
}

output "writers" {
  description = "The policy for the workers' role."
  value       = aws_iam_policy.writers.arn
}
