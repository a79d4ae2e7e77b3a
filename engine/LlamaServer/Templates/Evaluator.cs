using System.Runtime.CompilerServices;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>Computes the expressions of a template.</summary>
internal sealed class Evaluator(RenderBudget budget, TimeProvider time)
{
    /// <summary>The value of an expression.</summary>
    /// <exception cref="TemplateException">It has none.</exception>
    public object Evaluate(Expression expression, Scope scope)
    {
        budget.Step();
        // A long sum is a deep tree.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateException("an expression is nested too deep");
        switch (expression)
        {
            case Constant constant:
                return constant.Value;
            case Name name:
                return scope.Find(name.Text) ?? Globals.Find(name.Text, budget, time) ?? (object)new Undefined(name.Text);
            case Member member:
                return Members.Get(Evaluate(member.Target, scope), member.Name, budget);
            case Item item:
                return Members.GetItem(Evaluate(item.Target, scope), Evaluate(item.Key, scope), budget);
            case Slice slice:
                return EvaluateSlice(slice, scope);
            case Call call:
                return EvaluateCall(call, scope, null);
            case Filter filter:
                return Filters.Apply(filter.Name, Evaluate(filter.Target, scope),
                    EvaluateArguments(filter.Arguments, filter.Name, scope), budget);
            case Test test:
                return Tests.Check(test.Name, Evaluate(test.Target, scope), EvaluateArguments(test.Arguments, test.Name, scope), budget)
                    != test.IsNegated;
            case Unary unary:
                return EvaluateUnary(unary, scope);
            case Binary binary:
                return EvaluateBinary(binary, scope);
            case Comparison comparison:
                return EvaluateComparison(comparison, scope);
            case Conditional conditional:
                return IsTrue(conditional.Condition, scope) ? Evaluate(conditional.Value, scope)
                    : conditional.Other is { } other ? Evaluate(other, scope) : new Undefined("the value of an if without else");
            case ListOf list:
                budget.Spend(list.Items.Count);
                return new TemplateList([.. list.Items.Select(part => Evaluate(part, scope))], list.IsTuple);
            case DictionaryOf dictionary:
                return EvaluateDictionary(dictionary, scope);
            default:
                throw new TemplateException("it has an expression that is not known");
        }
    }

    public bool IsTrue(Expression expression, Scope scope) => PythonOperators.IsTrue(Evaluate(expression, scope));

    /// <summary>The result of a call, with the body of a <c>call</c> tag as <c>caller</c>.</summary>
    /// <exception cref="TemplateException">It is nothing that can be called, or the call fails.</exception>
    public object EvaluateCall(Call call, Scope scope, TemplateFunction? caller)
    {
        var target = Evaluate(call.Target, scope);
        var arguments = EvaluateArguments(call.Arguments, (target as TemplateFunction)?.Name ?? "loop", scope);
        if (caller is not null)
        {
            var named = new Dictionary<string, object>(arguments.Named ?? []) { ["caller"] = caller };
            arguments = new CallArguments(arguments.Callee, arguments.Positional, named);
        }
        return target switch
        {
            TemplateFunction function => function.Call(arguments),
            Loop loop => loop.Recurse(arguments.Get(0, "items")),
            _ => throw new TemplateException($"{PythonOperators.Describe(target)} cannot be called"),
        };
    }

    private CallArguments EvaluateArguments(Arguments arguments, string callee, Scope scope)
    {
        var positional = new List<object>(arguments.Positional.Count);
        foreach (var argument in arguments.Positional)
            positional.Add(Evaluate(argument, scope));
        if (arguments.AllPositional is { } all)
            positional.AddRange(Sequences.ToList(Evaluate(all, scope), budget));
        if (arguments.Named.Count == 0 && arguments.AllNamed is null)
            return new CallArguments(callee, positional);
        var named = new Dictionary<string, object>();
        foreach (var (name, value) in arguments.Named)
            named[name] = Evaluate(value, scope);
        if (arguments.AllNamed is not null)
            foreach (var (name, value) in Evaluate(arguments.AllNamed, scope) as TemplateDictionary
                ?? throw new TemplateException("'**' takes a dictionary"))
                named[PythonText.ToText(name, budget)] = value;
        return new CallArguments(callee, positional, named);
    }

    private TemplateDictionary EvaluateDictionary(DictionaryOf dictionary, Scope scope)
    {
        budget.Spend(dictionary.Items.Count);
        var made = new TemplateDictionary();
        foreach (var (key, value) in dictionary.Items)
            made.Set(Evaluate(key, scope), Evaluate(value, scope));
        return made;
    }

    private object EvaluateSlice(Slice slice, Scope scope)
    {
        var target = Evaluate(slice.Target, scope);
        var step = Bound(slice.Step) ?? 1;
        return Sequences.Slice(target, Bound(slice.Start), Bound(slice.Stop), Math.Clamp(step, int.MinValue, int.MaxValue), budget);

        long? Bound(Expression? bound) => bound is null || Evaluate(bound, scope) is var value && value is None ? null
            : PythonOperators.ToInteger(value)
                ?? throw new TemplateException($"{PythonOperators.Describe(value)} is no bound of a slice");
    }

    private object EvaluateUnary(Unary unary, Scope scope)
    {
        var value = Evaluate(unary.Operand, scope);
        if (unary.Operator == "not")
            return !PythonOperators.IsTrue(value);
        return (unary.Operator, value) switch
        {
            ("-", double number) => -number,
            (_, bool or long or double) => PythonOperators.Compute(unary.Operator, 0L, value, budget),
            _ => throw new TemplateException($"'{unary.Operator}' is not possible for {PythonOperators.Describe(value)}"),
        };
    }

    private object EvaluateBinary(Binary binary, Scope scope)
    {
        var left = Evaluate(binary.Left, scope);
        return binary.Operator switch
        {
            "and" => PythonOperators.IsTrue(left) ? Evaluate(binary.Right, scope) : left,
            "or" => PythonOperators.IsTrue(left) ? left : Evaluate(binary.Right, scope),
            _ => PythonOperators.Compute(binary.Operator, left, Evaluate(binary.Right, scope), budget),
        };
    }

    private object EvaluateComparison(Comparison comparison, Scope scope)
    {
        var left = Evaluate(comparison.First, scope);
        foreach (var (symbol, operand) in comparison.Rest)
        {
            var right = Evaluate(operand, scope);
            var holds = symbol switch
            {
                "==" => PythonOperators.AreEqual(left, right, budget),
                "!=" => !PythonOperators.AreEqual(left, right, budget),
                "in" => PythonOperators.Contains(right, left, budget),
                "not in" => !PythonOperators.Contains(right, left, budget),
                "<" => PythonOperators.Compare(left, right, budget) < 0,
                "<=" => PythonOperators.Compare(left, right, budget) <= 0,
                ">" => PythonOperators.Compare(left, right, budget) > 0,
                _ => PythonOperators.Compare(left, right, budget) >= 0,
            };
            if (!holds)
                return false;
            left = right;
        }
        return true;
    }
}
