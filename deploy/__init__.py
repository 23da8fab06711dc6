"""How Leeway is deployed: image, chart, dashboards."""
