// The built-in chat formats, as small templates.
#include <iterator>

#include "ingot/model/chat_template.h"

namespace ingot::model {
namespace {

struct ChatFormat {
  std::string_view name;
  std::string_view text;
};

constexpr ChatFormat kFormats[] = {
    {"llama3",
     R"({{ bos_token }}
{%- for message in messages %}
{{- '<|start_header_id|>' ~ message.role ~ '<|end_header_id|>\n\n' ~ (message.content or '') | trim ~ '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
)"},
    {"chatml",
     R"({% for message in messages %}
{{ '<|im_start|>' ~ message.role ~ '\n' ~ (message.content or '') ~ '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\n' }}
{%- endif %}
)"},
    // No system turn: its text opens the first user turn.
    {"gemma",
     R"({{ bos_token }}
{%- set ns = namespace(prefix='') %}
{%- for message in messages %}
{%- if message.role == 'system' %}
{%- if not loop.first %}{{ raise_exception('a system message comes first') }}{% endif %}
{%- set ns.prefix = (message.content or '') | trim ~ '\n\n' %}
{%- else %}
{{- '<start_of_turn>' ~ ('model' if message.role == 'assistant' else message.role) ~ '\n' ~ ns.prefix ~ (message.content or '') | trim ~ '<end_of_turn>\n' }}
{%- set ns.prefix = '' %}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<start_of_turn>model\n' }}
{%- endif %}
)"},
    // The same for the system turn.
    {"mistral",
     R"({{ bos_token }}
{%- set ns = namespace(prefix='') %}
{%- for message in messages %}
{%- if message.role == 'system' %}
{%- if not loop.first %}{{ raise_exception('a system message comes first') }}{% endif %}
{%- set ns.prefix = message.content ~ '\n\n' %}
{%- elif message.role == 'user' %}
{{- '[INST] ' ~ ns.prefix ~ (message.content or '') ~ ' [/INST]' }}
{%- set ns.prefix = '' %}
{%- elif message.role == 'assistant' %}
{{- ' ' ~ (message.content or '') | trim ~ eos_token }}
{%- else %}
{{- raise_exception('no role but system, user and assistant: ' ~ message.role) }}
{%- endif %}
{%- endfor %}
)"},
    // The caller's system message is the developer's; the final answer goes to channel final.
    {"harmony",
     R"({{- '<|start|>system<|message|>You are a helpful assistant.\n\nReasoning: ' ~ reasoning_effort | default('medium') ~ '\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>' }}
{%- for message in messages %}
{%- if message.role == 'system' or message.role == 'developer' %}
{{- '<|start|>developer<|message|># Instructions\n\n' ~ (message.content or '') ~ '<|end|>' }}
{%- elif message.role == 'assistant' %}
{{- '<|start|>assistant<|channel|>final<|message|>' ~ (message.content or '') ~ '<|end|>' }}
{%- else %}
{{- '<|start|>' ~ message.role ~ '<|message|>' ~ (message.content or '') ~ '<|end|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|start|>assistant' }}
{%- endif %}
)"},
};

}  // namespace

std::vector<std::string> ChatFormatNames() {
  std::vector<std::string> names;
  for (const ChatFormat& format : kFormats) names.emplace_back(format.name);
  return names;
}

std::string_view ChatFormatText(std::string_view format) {
  for (const ChatFormat& row : kFormats) {
    if (row.name == format) return row.text;
  }
  return {};
}

}  // namespace ingot::model
