{{- define "telassure.name" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end }}

{{- define "telassure.image" -}}
{{- if .Values.image.digest -}}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- end }}

{{- define "telassure.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "telassure.name" .) }}
{{- end }}

{{/* Labels that never change: (dict "root" $ "component" "api") */}}
{{- define "telassure.selector" -}}
app.kubernetes.io/name: telassure
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "telassure.labels" -}}
{{ include "telassure.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* What every process is told; a map of names of the environment. */}}
{{- define "telassure.settings" -}}
TELASSURE_SECRETS: /run/secrets/telassure
TELASSURE_PARTITIONS: {{ .Values.partitions | quote }}
TELASSURE_ZONE: {{ .Values.zone | quote }}
TELASSURE_LOG_LEVEL: {{ .Values.logLevel | quote }}
TELASSURE_KAFKA__BROKERS: {{ .Values.kafka.brokers | quote }}
TELASSURE_KAFKA__PREFIX: {{ .Values.kafka.prefix | quote }}
TELASSURE_KAFKA__REPLICATION: {{ .Values.kafka.replication | quote }}
TELASSURE_KAFKA__TOPIC_DAYS: {{ .Values.kafka.topicDays | quote }}
TELASSURE_KAFKA__SECURITY: {{ .Values.kafka.security | quote }}
{{- if contains "SASL" .Values.kafka.security }}
TELASSURE_KAFKA__SASL_MECHANISM: {{ .Values.kafka.saslMechanism | quote }}
TELASSURE_KAFKA__USERNAME: {{ .Values.kafka.username | quote }}
{{- end }}
{{- if .Values.kafka.tlsSecret }}
TELASSURE_KAFKA__CA_FILE: /etc/telassure/kafka/ca.crt
{{- if .Values.kafka.clientCertificate }}
TELASSURE_KAFKA__CERTIFICATE_FILE: /etc/telassure/kafka/tls.crt
TELASSURE_KAFKA__KEY_FILE: /etc/telassure/kafka/tls.key
{{- end }}
{{- end }}
TELASSURE_DATABASE__URL: {{ .Values.database.url | quote }}
TELASSURE_DATABASE__CONNECTIONS: {{ .Values.database.connections | quote }}
TELASSURE_INFLUX__URL: {{ .Values.influx.url | quote }}
TELASSURE_INFLUX__ORG: {{ .Values.influx.org | quote }}
TELASSURE_INFLUX__BUCKET: {{ .Values.influx.bucket | quote }}
{{- if .Values.influx.tlsSecret }}
TELASSURE_INFLUX__CA_FILE: /etc/telassure/influx/ca.crt
{{- end }}
{{- if .Values.tracing.endpoint }}
TELASSURE_TRACING__ENDPOINT: {{ .Values.tracing.endpoint | quote }}
TELASSURE_TRACING__RATIO: {{ .Values.tracing.ratio | quote }}
{{- end }}
TELASSURE_API__HOST: 0.0.0.0
TELASSURE_API__PROXIED: "true"
TELASSURE_API__PORT: {{ .Values.api.port | quote }}
TELASSURE_API__BODY_BYTES: {{ .Values.api.bodyBytes | int64 | quote }}
TELASSURE_API__CONCURRENCY: {{ .Values.api.concurrency | quote }}
TELASSURE_DASHBOARDS__HOST: 0.0.0.0
TELASSURE_DASHBOARDS__PROXIED: "true"
TELASSURE_DASHBOARDS__PORT: {{ .Values.dashboards.port | quote }}
TELASSURE_WORKER__HOST: 0.0.0.0
TELASSURE_WORKER__PORT: {{ .Values.worker.port | quote }}
TELASSURE_WORKER__STUCK_SECONDS: {{ .Values.worker.stuckSeconds | quote }}
TELASSURE_WORKER__SESSION_SECONDS: {{ .Values.worker.sessionSeconds | quote }}
{{- if .Values.notifyUrl }}
TELASSURE_NOTIFY_URL: {{ .Values.notifyUrl | quote }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "telassure.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "telassure.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Where it runs: (dict "root" $ "component" "api") */}}
{{- define "telassure.placement" -}}
serviceAccountName: {{ include "telassure.serviceAccount" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext: {{ include "telassure.podSecurity" .root | nindent 2 }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: {{ .root.Values.spread.topologyKey }}
    whenUnsatisfiable: {{ .root.Values.spread.whenUnsatisfiable }}
    labelSelector:
      matchLabels: {{ include "telassure.selector" . | nindent 8 }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The mounts that every process has; the same dict as telassure.volumes. */}}
{{- define "telassure.mounts" -}}
- {name: secrets, mountPath: /run/secrets/telassure, readOnly: true}
- {name: home, mountPath: /var/lib/telassure}
- {name: tmp, mountPath: /tmp}
{{- range $name := list "kafka" "database" "influx" }}
{{- if (index $.root.Values $name).tlsSecret }}
- {name: tls-{{ $name }}, mountPath: /etc/telassure/{{ $name }}, readOnly: true}
{{- end }}
{{- end }}
{{- end }}

{{/* Points are no matter of this process, which therefore has no token for them. */}}
{{- define "telassure.withoutPoints" -}}
- {name: TELASSURE_INFLUX__URL, value: ""}
{{- end }}

{{/* Their volumes: (dict "root" $ "keys" (list "api_token")); the keys that all need come by themselves. */}}
{{- define "telassure.volumes" -}}
- name: secrets
  secret:
    secretName: {{ required "set existingSecret to the Secret that holds the tokens" .root.Values.existingSecret }}
    defaultMode: 0440
    items:
    {{- $all := append .keys "database_password" }}
    {{- if contains "SASL" .root.Values.kafka.security }}{{ $all = append $all "kafka_password" }}{{ end }}
    {{- range $all }}
      - {key: {{ . }}, path: {{ . }}}
    {{- end }}
- {name: home, emptyDir: {sizeLimit: 1Gi}}
- {name: tmp, emptyDir: {sizeLimit: 256Mi}}
{{- range $name := list "kafka" "database" "influx" }}
{{- with (index $.root.Values $name).tlsSecret }}
- {name: tls-{{ $name }}, secret: {secretName: {{ . }}, defaultMode: 0440}}
{{- end }}
{{- end }}
{{- end }}

{{/* An HTTP probe: (dict "path" "/live" "port" "probes" "period" 10 "failures" 3) */}}
{{- define "telassure.probe" -}}
httpGet: {path: {{ .path }}, port: {{ .port }}}
periodSeconds: {{ .period }}
timeoutSeconds: 5
failureThreshold: {{ .failures }}
{{- end }}
