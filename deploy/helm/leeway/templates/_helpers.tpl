{{/* Names and labels. */}}

{{- define "leeway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "leeway.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "leeway.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "leeway.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What never changes about an object: also what selectors select by. */}}
{{- define "leeway.selector" -}}
app.kubernetes.io/name: {{ include "leeway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "leeway.labels" -}}
{{ include "leeway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: leeway
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "leeway.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "leeway.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "leeway.image" -}}
{{- with .Values.image }}
{{- if .digest }}
{{- printf "%s@%s" .repository .digest }}
{{- else }}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "leeway.server" -}}
http://{{ include "leeway.fullname" . }}-api:{{ .Values.api.service.port }}
{{- end }}

{{/* The port on which a service listens by itself. */}}
{{- define "leeway.port" -}}
{{- get (dict "api" 8080 "ingest" 8081 "evaluator" 8082) . }}
{{- end }}

{{/* What every pod has, whatever it runs. */}}
{{- define "leeway.pod" -}}
enableServiceLinks: false
automountServiceAccountToken: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}

{{/* What every container has. */}}
{{- define "leeway.container" -}}
image: {{ include "leeway.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* Where the database is. */}}
{{- define "leeway.database" -}}
- name: LEEWAY_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ required "database.secret names the Secret that holds the database's URL" .Values.database.secret }}
      key: {{ .Values.database.urlKey }}
{{- end }}

{{/* Where Kafka is, and how to log in there. */}}
{{- define "leeway.kafka" -}}
{{- $kafka := .Values.kafka -}}
- name: LEEWAY_KAFKA_BOOTSTRAP
  value: {{ required "kafka.bootstrap says where Kafka is" $kafka.bootstrap | quote }}
- name: LEEWAY_KAFKA_SECURITY_PROTOCOL
  value: {{ $kafka.securityProtocol }}
{{- if hasPrefix "SASL" $kafka.securityProtocol }}
- name: LEEWAY_KAFKA_SASL_MECHANISM
  value: {{ $kafka.sasl.mechanism }}
{{- $secret := required (printf "kafka.sasl.secret names the Secret with Kafka's user and password: %s needs one" $kafka.securityProtocol) $kafka.sasl.secret }}
- name: LEEWAY_KAFKA_SASL_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ $kafka.sasl.usernameKey }}
- name: LEEWAY_KAFKA_SASL_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ $kafka.sasl.passwordKey }}
{{- if eq $kafka.sasl.mechanism "OAUTHBEARER" }}
- name: LEEWAY_KAFKA_OAUTH_TOKEN_URL
  value: {{ required "kafka.sasl.oauth.tokenUrl says where tokens come from: OAUTHBEARER needs it" $kafka.sasl.oauth.tokenUrl | quote }}
{{- with $kafka.sasl.oauth.scope }}
- name: LEEWAY_KAFKA_OAUTH_SCOPE
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq (include "leeway.certificates" .) "true" }}
{{- with $kafka.tls.caKey }}
- name: LEEWAY_KAFKA_SSL_CA_FILE
  value: /etc/leeway/kafka/{{ . }}
{{- end }}
{{- if $kafka.tls.certKey }}
- name: LEEWAY_KAFKA_SSL_CERT_FILE
  value: /etc/leeway/kafka/{{ $kafka.tls.certKey }}
- name: LEEWAY_KAFKA_SSL_KEY_FILE
  value: /etc/leeway/kafka/{{ required "kafka.tls.keyKey belongs to kafka.tls.certKey" $kafka.tls.keyKey }}
{{- end }}
{{- end }}
{{- end }}

{{/* Whether certificates for Kafka are mounted. */}}
{{- define "leeway.certificates" -}}
{{- and (hasSuffix "SSL" .Values.kafka.securityProtocol) (ne .Values.kafka.tls.secret "") }}
{{- end }}

{{/* The settings that were given: one environment serves every command. */}}
{{- define "leeway.settings" -}}
{{- range $name, $value := .Values.settings }}
{{- if not (kindIs "invalid" $value) }}
- name: LEEWAY_{{ $name | snakecase | upper }}
  {{- if kindIs "float64" $value }}
  value: {{ if eq (floor $value) $value }}{{ int64 $value | quote }}{{ else }}{{ $value | quote }}{{ end }}
  {{- else }}
  value: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}
