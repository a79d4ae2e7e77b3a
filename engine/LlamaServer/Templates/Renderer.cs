using System.Text;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>Renders the statements of a template.</summary>
internal sealed class Renderer(RenderBudget budget, TimeProvider time)
{
    private readonly Evaluator _evaluator = new(budget, time);
    private StringBuilder _output = new();
    private int _line;

    private enum Flow
    {
        Normal,
        Break,
        Continue,
    }

    /// <summary>The text of a template.</summary>
    /// <param name="template">Its statements.</param>
    /// <param name="variables">Its variables by name.</param>
    /// <exception cref="TemplateException">It cannot be rendered with these variables.</exception>
    public string Render(List<Statement> template, IEnumerable<KeyValuePair<string, object>> variables)
    {
        var globals = new Scope(null);
        foreach (var (name, value) in variables)
            globals.Set(name, value);
        try
        {
            RenderAll(template, new Scope(globals));
        }
        catch (TemplateException error)
        {
            error.Line = _line;
            throw;
        }
        return _output.ToString();
    }

    private Flow RenderAll(List<Statement> body, Scope scope)
    {
        foreach (var statement in body)
        {
            budget.Step();
            _line = statement.Line;
            var flow = RenderOne(statement, scope);
            if (flow != Flow.Normal)
                return flow;
        }
        return Flow.Normal;
    }

    private Flow RenderOne(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Text text:
                Write(text.Value);
                return Flow.Normal;
            case Output output:
                Write(PythonText.ToText(_evaluator.Evaluate(output.Value, scope), budget));
                return Flow.Normal;
            case If choice:
                foreach (var (condition, body) in choice.Branches)
                    if (_evaluator.IsTrue(condition, scope))
                        return RenderAll(body, scope);
                return RenderAll(choice.Else, scope);
            case For loop:
                RenderLoop(loop, _evaluator.Evaluate(loop.Source, scope), scope, 1);
                return Flow.Normal;
            case Group group:
                return RenderAll(group.Body, new Scope(scope));
            case With with:
                return RenderWith(with, scope);
            case Jump jump:
                return jump.IsBreak ? Flow.Break : Flow.Continue;
            default:
                RenderDefinition(statement, scope);
                return Flow.Normal;
        }
    }

    private void RenderDefinition(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Set set:
                Assign(set.Target, _evaluator.Evaluate(set.Value, scope), scope);
                break;
            case SetBlock set:
                Assign(set.Target, Filter(set.Value, Capture(set.Body, new Scope(scope)), scope), scope);
                break;
            case FilterBlock filter:
                Write(PythonText.ToText(Filter(filter.Value, Capture(filter.Body, new Scope(scope)), scope), budget));
                break;
            case Macro macro:
                scope.Set(macro.Name, ToFunction(macro, scope));
                break;
            case CallBlock call:
                Write(PythonText.ToText(_evaluator.EvaluateCall((Call)call.Call, scope, ToFunction(call.Caller, scope)), budget));
                break;
            case Do action:
                _evaluator.Evaluate(action.Value, scope);
                break;
            default:
                throw new TemplateException("it has a tag that is not known");
        }
    }

    private void RenderLoop(For statement, object source, Scope outer, int depth)
    {
        budget.Enter();
        object Recurse(object items) => statement.IsRecursive
            ? CaptureLoop(statement, items, outer, depth + 1)
            : throw new TemplateException("the loop is not marked as recursive");
        using var items = Items(statement, source, outer).GetEnumerator();
        var loop = new Loop(items, depth, Recurse);
        var isEmpty = true;
        while (loop.Next() is { } item)
        {
            isEmpty = false;
            budget.Step();
            var scope = new Scope(outer);
            scope.Set("loop", loop);
            Assign(statement.Target, item, scope);
            if (RenderAll(statement.Body, scope) == Flow.Break)
                break;
        }
        if (isEmpty)
            RenderAll(statement.Else, new Scope(outer));
        budget.Leave();
    }

    private IEnumerable<object> Items(For statement, object source, Scope outer)
    {
        foreach (var item in Sequences.Iterate(source, budget))
        {
            if (statement.Condition is not null)
            {
                var scope = new Scope(outer);
                Assign(statement.Target, item, scope);
                if (!_evaluator.IsTrue(statement.Condition, scope))
                    continue;
            }
            yield return item;
        }
    }

    private string CaptureLoop(For statement, object items, Scope outer, int depth)
    {
        var before = _output;
        _output = new StringBuilder();
        RenderLoop(statement, items, outer, depth);
        var text = _output.ToString();
        _output = before;
        return text;
    }

    private Flow RenderWith(With with, Scope scope)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in with.Values)
            Assign(target, _evaluator.Evaluate(value, scope), inner);
        return RenderAll(with.Body, inner);
    }

    private string Capture(List<Statement> body, Scope scope)
    {
        var before = _output;
        _output = new StringBuilder();
        RenderAll(body, scope);
        var text = _output.ToString();
        _output = before;
        return text;
    }

    private object Filter(Expression value, string text, Scope scope)
    {
        var inner = new Scope(scope);
        inner.Set(SetBlock.BlockText, text);
        return _evaluator.Evaluate(value, inner);
    }

    private TemplateFunction ToFunction(Macro macro, Scope scope) => new(macro.Name, arguments => CallMacro(macro, arguments, scope));

    private string CallMacro(Macro macro, CallArguments arguments, Scope outer)
    {
        budget.Enter();
        var line = _line;
        var scope = new Scope(outer);
        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var (name, absent) = macro.Parameters[i];
            scope.Set(name, arguments.Find(i, name)
                ?? (absent is null ? new Undefined(name) : _evaluator.Evaluate(absent, scope)));
        }
        scope.Set("varargs", new TemplateList([.. arguments.Positional.Skip(macro.Parameters.Count)], isTuple: true));
        scope.Set("kwargs", OtherArguments(macro, arguments));
        if (arguments.Find(int.MaxValue, "caller") is { } caller)
            scope.Set("caller", caller);
        var text = Capture(macro.Body, scope);
        _line = line;
        budget.Leave();
        return text;
    }

    private static TemplateDictionary OtherArguments(Macro macro, CallArguments arguments)
    {
        var others = new TemplateDictionary();
        foreach (var (name, value) in arguments.Named ?? [])
            if (name != "caller" && macro.Parameters.TrueForAll(parameter => parameter.Name != name))
                others.Set(name, value);
        return others;
    }

    private void Assign(Expression target, object value, Scope scope)
    {
        switch (target)
        {
            case Name name:
                scope.Set(name.Text, value);
                break;
            case Member { Target: Name name } member:
                (scope.Find(name.Text) as TemplateNamespace
                    ?? throw new TemplateException($"'{name.Text}' is no namespace, so that '{member.Name}' of it cannot be set"))
                    .Members[member.Name] = value;
                break;
            case ListOf list:
                var items = Sequences.ToList(value, budget);
                if (items.Count != list.Items.Count)
                    throw new TemplateException(
                        FormattableString.Invariant($"{items.Count} values cannot be set to {list.Items.Count} names"));
                for (var i = 0; i < items.Count; i++)
                    Assign(list.Items[i], items[i], scope);
                break;
            default:
                throw new TemplateException("it sets something that cannot be set");
        }
    }

    private void Write(string text)
    {
        budget.Spend(text.Length);
        _output.Append(text);
    }
}
