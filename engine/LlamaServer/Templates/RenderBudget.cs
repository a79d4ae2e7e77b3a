using System.Runtime.CompilerServices;

namespace MemoryWall.LlamaServer.Templates;

/// <summary>
/// What a template may use: it comes from a file of which nothing is known, and the server answers other requests after this one. The
/// limits are far from what templates of models need.
/// </summary>
/// <param name="inputCharacters">Characters of the messages.</param>
/// <param name="time">The clock.</param>
internal sealed class RenderBudget(long inputCharacters, TimeProvider time)
{
    private const long MaxSteps = 50_000_000;
    private const int MaxDepth = 400;
    private const int StepsPerTimeCheck = 64;
    private const long MaxBasicCharacters = 32L << 20;
    private const int MaxCharactersPerInput = 64;
    private static readonly TimeSpan s_maxTime = TimeSpan.FromSeconds(20);

    private readonly long _started = time.GetTimestamp();
    private long _charactersLeft = MaxBasicCharacters + (inputCharacters * MaxCharactersPerInput);
    private long _steps;
    private int _depth;

    /// <summary>Counts one step of the template.</summary>
    /// <exception cref="TemplateException">There were too many, or they took too long.</exception>
    public void Step()
    {
        if (++_steps > MaxSteps)
            throw new TemplateException(FormattableString.Invariant($"it does not end within {MaxSteps} steps"));
        if (_steps % StepsPerTimeCheck == 0 && time.GetElapsedTime(_started) > s_maxTime)
            throw new TemplateException(FormattableString.Invariant($"it does not end within {s_maxTime.TotalSeconds} seconds"));
    }

    /// <summary>Counts characters of a text, or entries of a list, that the template makes.</summary>
    /// <exception cref="TemplateException">There are too many.</exception>
    public void Spend(long characters)
    {
        _charactersLeft -= Math.Max(characters, 0);
        if (_charactersLeft < 0)
            throw new TemplateException("the texts that it makes are too long");
    }

    /// <summary>Counts a level of nesting; <see cref="Leave"/> ends it.</summary>
    /// <exception cref="TemplateException">There are too many.</exception>
    public void Enter()
    {
        if (++_depth > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateException("it calls itself too often, or its values are nested too deep");
    }

    public void Leave() => _depth--;
}
