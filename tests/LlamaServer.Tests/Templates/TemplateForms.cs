namespace MemoryWall.LlamaServer.Tests.Templates;

/// <summary>Templates that do what those of known models do, each in its own words.</summary>
internal static class TemplateForms
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["chatml"] = "{% for message in messages %}"
            + "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
        ["header ids, as Llama 3"] = """
            {{- bos_token }}
            {%- if not date_string is defined %}
                {%- set date_string = "1 Jan 2025" %}
            {%- endif %}
            {%- if messages[0]['role'] == 'system' %}
                {%- set system_text = messages[0]['content']|trim %}
                {%- set rest = messages[1:] %}
            {%- else %}
                {%- set system_text = "" %}
                {%- set rest = messages %}
            {%- endif %}
            {{- "<|start_header_id|>system<|end_header_id|>\n\nToday: " + date_string + "\n\n" + system_text + "<|eot_id|>" }}
            {%- for message in rest %}
                {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
                    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}
                {%- elif 'tool_calls' in message %}
                    {{- raise_exception("No calls here") }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
            {%- endif %}

            """,
        ["turns that must alternate, as Mistral"] = """
            {{ bos_token }}
            {%- if messages[0].role == "system" %}{% set first = messages[0].content ~ "\n\n" %}{% set loop_messages = messages[1:] %}
            {%- else %}{% set first = "" %}{% set loop_messages = messages %}{% endif -%}
            {%- for message in loop_messages -%}
            {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
            {{ raise_exception('The roles must alternate') }}
            {%- endif -%}
            {%- if message['role'] == 'user' -%}
            {{ '[INST] ' ~ (first if loop.first else '') ~ message['content'] ~ ' [/INST]' }}
            {%- else -%}
            {{ ' ' + message['content']|trim + eos_token }}
            {%- endif -%}
            {%- endfor -%}
            """,
        ["no system role, as Gemma 2"] = "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
            + "{{ raise_exception('There is no system role') }}{% endif %}{% for message in messages %}"
            + "{% if message['role'] == 'assistant' %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}"
            + "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
        ["texts or parts, as Gemma 3"] = """
            {{ bos_token }}
            {%- if messages[0]['role'] == 'system' -%}
                {%- if messages[0]['content'] is string -%}
                    {%- set prefix = messages[0]['content'] + '\n\n' -%}
                {%- else -%}
                    {%- set prefix = messages[0]['content'][0]['text'] + '\n\n' -%}
                {%- endif -%}
                {%- set turns = messages[1:] -%}
            {%- else -%}
                {%- set prefix = "" -%}
                {%- set turns = messages -%}
            {%- endif -%}
            {%- for message in turns -%}
                {{ '<start_of_turn>' + ('model' if message.role == 'assistant' else message.role) + '\n' + (prefix if loop.first else "") }}
                {%- if message['content'] is string -%}
                    {{ message['content'] | trim }}
                {%- elif message['content'] is iterable -%}
                    {%- for item in message['content'] -%}
                        {%- if item['type'] == 'image' -%}
                            {{ '<image>' }}
                        {%- elif item['type'] == 'text' -%}
                            {{ item['text'] | trim }}
                        {%- endif -%}
                    {%- endfor -%}
                {%- else -%}
                    {{ raise_exception("This content is unknown") }}
                {%- endif -%}
                {{ '<end_of_turn>\n' }}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
                {{ '<start_of_turn>model\n' }}
            {%- endif -%}

            """,
        ["lines of blocks, as Phi"] = """
            {% for message in messages %}
            {% if message['role'] == 'system' and message['content'] %}
            {{ '<|system|>\n' + message['content'] + '<|end|>\n' -}}
            {% elif message['role'] == 'user' %}
            {{ '<|user|>\n' + message['content'] + '<|end|>\n' -}}
            {% elif message['role'] == 'assistant' %}
            {{ '<|assistant|>\n' + message['content'] + '<|end|>\n' -}}
            {% endif %}
            {% endfor %}
            {% if add_generation_prompt %}
            {{ '<|assistant|>\n' -}}
            {% else %}
            {{ eos_token }}
            {% endif %}

            """,
        ["thoughts are dropped, as DeepSeek"] = """
            {% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}
            {% set ns = namespace(is_first=true, is_tool=false, system='') %}
            {%- for message in messages %}{%- if message['role'] == 'system' %}
            {%- set ns.system = ns.system + ('' if ns.is_first else '\n\n') + message['content'] %}{%- set ns.is_first = false %}
            {%- endif %}{%- endfor %}
            {{- bos_token }}{{ ns.system }}
            {%- for message in messages %}
            {%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{ '<|User|>' + message['content'] }}{%- endif %}
            {%- if message['role'] == 'assistant' and message['content'] is not none %}{% set content = message['content'] %}
            {% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}
            {{- '<|Assistant|>' + content.lstrip('\n') + eos_token }}{%- endif %}
            {%- endfor -%}
            {% if add_generation_prompt and not ns.is_tool %}{{ '<|Assistant|><think>\n' }}{% endif %}

            """,
        ["thoughts of the last turn, as Qwen 3"] = """
            {%- if messages[0].role == 'system' %}
                {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
            {%- endif %}
            {%- set ns = namespace(looks=true, last_query=messages|length - 1) %}
            {%- for message in messages[::-1] %}
                {%- set index = (messages|length - 1) - loop.index0 %}
                {%- set is_result = message.content.startswith('<r>') and message.content.endswith('</r>') %}
                {%- if ns.looks and message.role == "user" and not(is_result) %}
                    {%- set ns.looks = false %}
                    {%- set ns.last_query = index %}
                {%- endif %}
            {%- endfor %}
            {%- for message in messages %}
                {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
                    {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
                {%- elif message.role == "assistant" %}
                    {%- set content = message.content %}
                    {%- set thoughts = '' %}
                    {%- if message.reasoning_content is defined and message.reasoning_content is not none %}
                        {%- set thoughts = message.reasoning_content %}
                    {%- elif '</think>' in message.content %}
                        {%- set content = message.content.split('</think>')[-1].lstrip('\n') %}
                        {%- set thoughts = message.content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
                    {%- endif %}
                    {%- if loop.index0 > ns.last_query and (loop.last or thoughts) %}
                        {{- '<|im_start|>' + message.role + '\n<think>\n' + thoughts.strip('\n') }}
                        {{- '\n</think>\n\n' + content.lstrip('\n') }}
                    {%- else %}
                        {{- '<|im_start|>' + message.role + '\n' + content }}
                    {%- endif %}
                    {{- '<|im_end|>\n' }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|im_start|>assistant\n' }}
                {%- if enable_thinking is defined and enable_thinking is false %}
                    {{- '<think>\n\n</think>\n\n' }}
                {%- endif %}
            {%- endif %}
            """,
        ["channels and macros, as gpt-oss"] = """
            {#- A comment,
                over lines. -#}
            {%- macro system_text(effort="medium") -%}
                {{- "You are a model.\n" }}
                {%- if model_identity is defined %}{{ model_identity }}{% endif %}
                {{- "Reasoning: " + effort + "\n\n" }}
                {{- "# Valid channels: " ~ ["analysis", "commentary", "final"] | join(", ") ~ "." }}
            {%- endmacro -%}
            {%- if messages[0].role == "developer" or messages[0].role == "system" %}
                {%- set developer = messages[0].content %}
                {%- set loop_messages = messages[1:] %}
            {%- else %}
                {%- set developer = "" %}
                {%- set loop_messages = messages %}
            {%- endif %}
            {{- "<|start|>system<|message|>" }}
            {{- system_text(effort=reasoning_effort | default("low")) }}
            {{- "<|end|>" }}
            {%- if developer %}{{- "<|start|>developer<|message|># Instructions\n\n" + developer + "<|end|>" }}{%- endif %}
            {%- for message in loop_messages -%}
                {%- if message.role == 'assistant' -%}
                    {%- set answer -%}
                        <|start|>assistant<|channel|>final<|message|>{{ message.content -}}
                        <|{{ 'return' if loop.last and not add_generation_prompt else 'end' }}|>
                    {%- endset -%}
                    {{- answer }}
                {%- else -%}
                    {{- "<|start|>user<|message|>" + message.content + "<|end|>" }}
                {%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
            <|start|>assistant
            {%- endif -%}
            """,
        ["parts joined by a macro, as GLM"] = """
            [gMASK]<sop>
            {%- macro visible(content) -%}
                {%- if content is string -%}
                    {{- content }}
                {%- elif content is iterable and content is not mapping -%}
                    {%- for item in content -%}
                        {%- if item is mapping and item.type == 'text' -%}
                            {{- item.text }}
                        {%- elif item is string -%}
                            {{- item }}
                        {%- endif -%}
                    {%- endfor -%}
                {%- else -%}
                    {{- content }}
                {%- endif -%}
            {%- endmacro -%}
            {%- set ns = namespace(last_user=-1) %}
            {%- for m in messages %}{%- if m.role == 'user' %}{% set ns.last_user = loop.index0 -%}{%- endif %}{%- endfor %}
            {% for m in messages %}
            {%- if m.role == 'user' -%}<|user|>
            {{ visible(m.content) }}
            {{- '/nothink' if (enable_thinking is defined and not enable_thinking and
                not visible(m.content).endswith("/nothink")) else '' -}}
            {%- elif m.role == 'assistant' -%}
            <|assistant|>
            {%- set content = visible(m.content) %}
            {%- if '</think>' in content %}{%- set content = content.split('</think>')[-1].lstrip('\n') %}{%- endif %}
            {%- if loop.index0 > ns.last_user %}{{ '\n<think></think>' }}{%- endif -%}
            {%- if content.strip() -%}
            {{ '\n' + content.strip() }}
            {%- endif -%}
            {%- elif m.role == 'system' -%}
            <|system|>
            {{ visible(m.content) }}
            {%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
                <|assistant|>
            {%- endif -%}
            """,
        ["roles in tags, as Granite"] = """
            {%- set system_default = 'You are an assistant.' %}
            {%- if messages[0]['role'] == 'system' %}
                {%- set system_message = messages[0]['content'] %}
                {%- set loop_messages = messages[1:] %}
            {%- else %}
                {%- set system_message = system_default %}
                {%- set loop_messages = messages %}
            {%- endif %}
            {%- if documents is defined and documents %}{{- documents | map(attribute='title') | join(', ') }}{%- endif %}
            {{- '<|start_of_role|>system<|end_of_role|>' + system_message + '<|end_of_text|>\n' }}
            {%- for message in loop_messages %}
                {{- '<|start_of_role|>' ~ message['role'] ~ '<|end_of_role|>' ~ message['content'] ~ '<|end_of_text|>\n' }}
                {%- if loop.last and add_generation_prompt %}
                    {{- '<|start_of_role|>assistant' }}
                    {%- if controls is mapping %}{{- ' ' + controls | tojson }}{%- endif %}
                    {{- '<|end_of_role|>' }}
                {%- endif %}
            {%- endfor %}
            """,
        ["a set for each role, as Command-R"] = "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
            + "{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}"
            + "{% elif false == true %}{% set loop_messages = messages %}"
            + "{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}"
            + "{% if system_message != false %}{{ '<|START|><|SYSTEM|>' + system_message + '<|END|>' }}{% endif %}"
            + "{% for message in loop_messages %}{% set content = message['content'] %}{% if message['role'] == 'user' %}"
            + "{{ '<|START|><|USER|>' + content.strip() + '<|END|>' }}{% elif message['role'] == 'assistant' %}"
            + "{{ '<|START|><|CHATBOT|>' + content.strip() + '<|END|>' }}{% endif %}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|START|><|CHATBOT|>' }}{% endif %}",
        ["old thoughts are cut, as LFM2"] = """
            {{- bos_token -}}
            {%- set keep = keep_past_thinking | default(false) -%}
            {%- set ns = namespace(system_prompt="", last_assistant=-1) -%}
            {%- if messages[0]["role"] == "system" -%}
                {%- set ns.system_prompt = messages[0]["content"] -%}
                {%- set messages = messages[1:] -%}
            {%- endif -%}
            {%- if ns.system_prompt -%}
                {{- "<|im_start|>system\n" + ns.system_prompt + "<|im_end|>\n" -}}
            {%- endif -%}
            {%- for message in messages -%}
                {%- if message["role"] == "assistant" -%}
                    {%- set ns.last_assistant = loop.index0 -%}
                {%- endif -%}
            {%- endfor -%}
            {%- for message in messages -%}
                {{- "<|im_start|>" + message["role"] + "\n" -}}
                {%- set content = message["content"] -%}
                {%- if content is not string -%}
                    {%- set content = content | tojson -%}
                {%- endif -%}
                {%- if message["role"] == "assistant" and not keep and loop.index0 != ns.last_assistant -%}
                    {%- if "</think>" in content -%}
                        {%- set content = content.split("</think>")[-1] | trim -%}
                    {%- endif -%}
                {%- endif -%}
                {{- content + "<|im_end|>\n" -}}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
                {{- "<|im_start|>assistant\n" -}}
            {%- endif -%}
            """,
        ["a switch in the text, as Nemotron"] = """
            {%- set ns = namespace(thinks=true) -%}
            {%- for message in messages -%}
              {%- if message['role'] in ['user', 'system'] -%}
                {%- if '/no_think' in message['content'] -%}
                  {%- set ns.thinks = false -%}
                {%- elif '/think' in message['content'] -%}
                  {%- set ns.thinks = true -%}
                {%- endif -%}
              {%- endif -%}
            {%- endfor -%}
            {{- '<S10>System
            ' -}}
            {%- if messages[0]['role'] == 'system' -%}
              {{- (messages[0]['content'] | default('', true)).replace('/think', '').replace('/no_think', '').strip() -}}
            {%- endif -%}
            {{- '

            ' -}}
            {%- set messages = messages[1:] if messages[0]['role'] == 'system' else messages -%}
            {%- for message in messages %}
              {%- if message['role'] == 'user' -%}
                {{- '<S11>User
            ' + message['content'].replace('/think', '').strip() + '
            ' }}
              {%- elif message['role'] == 'assistant' -%}
                {%- if loop.previtem is defined and loop.previtem.role == 'user' %}{{- '<S11>Assistant
            ' -}}{%- endif -%}
                {{- message['content'].split('</think>')[1] | trim if '</think>' in message['content'] else message['content'] -}}
                {{- '
            <S12>
            ' -}}
              {%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
              {{- '<S11>Assistant
            ' -}}
              {%- if ns.thinks is defined and ns.thinks is false -%}{{- '<think></think>' -}}{%- else -%}{{- '<think>
            ' -}}{%- endif -%}
            {%- endif -%}
            """,
        ["a block of facts, as SmolLM 3"] = """
            {%- if enable_thinking is not defined -%}
            {%- set enable_thinking = true -%}
            {%- endif -%}
            {%- set mode = "/think" if enable_thinking else "/no_think" -%}
            {{- "<|im_start|>system\n" -}}
            {%- if messages[0].role == "system" -%}
              {%- set system_message = messages[0].content -%}
              {%- if "/no_think" in system_message -%}
                {%- set mode = "/no_think" -%}
              {%- endif -%}
              {%- set custom = system_message.replace("/no_think", "").replace("/think", "").rstrip() -%}
            {%- endif -%}
            {{- "## Facts\n\nMode: " + mode + "\n\n" -}}
            {%- if custom -%}{{ custom + "\n\n" }}{%- else -%}{{ "You are helpful.\n\n" }}{%- endif -%}
            {{- "<|im_end|>\n" -}}
            {%- for message in messages if message.role != "system" -%}
                {%- if message.role == "user" -%}
                    {{ "<|im_start|>" + message.role + "\n" + message.content + "<|im_end|>\n" }}
                {%- elif message.role == "assistant" -%}
                    {% generation %}
                    {%- if mode == "/think" -%}
                        {{ "<|im_start|>assistant\n" + message.content.lstrip("\n") + "<|im_end|>\n" }}
                    {%- else -%}
                        {{ "<|im_start|>assistant\n<think>\n\n</think>\n" + message.content.lstrip("\n") + "<|im_end|>\n" }}
                    {%- endif -%}
                    {% endgeneration %}
                {%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}
                {{ "<|im_start|>assistant\n" if mode == "/think" else "<|im_start|>assistant\n<think>\n\n</think>\n" }}
            {%- endif -%}
            """,
        ["tools and calls"] = """
            {%- for tool in tools | default([]) %}
            {{ tool.function | tojson }} {{ tool['function']['parameters']['properties'].keys() | list | join('/') }}
            {%- endfor %}
            {% for message in messages %}
            {%- if message.tool_calls %}
            {% for call in message.tool_calls %}
            {{ call.function.name }}({% for key, value in call.function.arguments.items() %}{{ key }}=
            {{- value if value is string else value | tojson }}
            {%- if not loop.last %}, {% endif %}{% endfor %})
            {% endfor %}
            {%- else %}
            {{ message.role | upper }}: {{ message.content | default('nothing') }}
            {%- endif %}
            {% endfor %}
            {%- for message in messages | rejectattr('role', 'equalto', 'user') | list %}{{ loop.index }}/{{ loop.length }} {% endfor %}
            {%- if messages | selectattr('role', 'equalto', 'tool') | list | length > 0 %}(tools){% endif %}
            {{ messages | map(attribute='role') | unique | list | tojson }} {{ messages[0].keys() | list | sort | first }}
            """,
    };
}
