using System;

namespace Banter
{
    /// <summary>What helps against a code.</summary>
    public enum Advice
    {
        /// <summary>Nothing needs to be done.</summary>
        None,

        /// <summary>The same call may succeed later: see <see cref="BanterException.RetryAfter"/>.</summary>
        TryAgain,

        /// <summary>Fetch a new ticket, and log in with it.</summary>
        NewTicket,

        /// <summary>Asking again brings the same answer.</summary>
        Stop,
    }

    /// <summary>A call that failed.</summary>
    public class BanterException : Exception
    {
        /// <summary>Makes the exception for a code and its text for humans.</summary>
        public BanterException(int code, string desc) : this(code, desc, "")
        {
        }

        /// <summary>Makes the exception of a call that answers with more.</summary>
        public BanterException(int code, string desc, string json) : base(desc + " (" + code + ")")
        {
            Code = code;
            Desc = desc;
            Json = json;
        }

        /// <summary>A constant of <see cref="ErrorCode"/>, or a negative <see cref="Result"/> of a call that
        /// was refused at once.</summary>
        public int Code { get; private set; }

        /// <summary>What happened, for a human who must act.</summary>
        public string Desc { get; private set; }

        /// <summary>What the call answers with all the same: a message that was not sent, or the newest one
        /// when another has modified it. Nothing or an empty value for most calls.</summary>
        public string Json { get; private set; }

        /// <summary>Reads the message that the call answers with all the same, see <see cref="Json"/>; null when
        /// there is none.</summary>
        public Message ReadMessage()
        {
            var json = Json ?? "";
            return json.StartsWith("{", StringComparison.Ordinal) ? JsonText.Read<Message>(json) : null;
        }

        /// <summary>What helps.</summary>
        public Advice Advice
        {
            get { return ErrorCode.AdviceFor(Code); }
        }

        /// <summary>How long to wait before the next try, at least; zero when trying again does not help.
        /// Whoever tries more than once waits twice as long each time.</summary>
        public TimeSpan RetryAfter
        {
            get
            {
                if (Advice != Advice.TryAgain) return TimeSpan.Zero;
                return TimeSpan.FromSeconds(Code == ErrorCode.SvrAccountFreqLimit ? 60 : 1);
            }
        }

        /// <summary>The ticket has run its time: the one thing that a new ticket is fetched for by
        /// itself.</summary>
        internal bool IsUserSigExpired
        {
            get { return Code == ErrorCode.SvrAccountUserSigExpired || Code == ErrorCode.UserSigExpired; }
        }

        /// <summary>Makes the exception for a call that the library refused at once.</summary>
        internal static BanterException Refused(Result result)
        {
            switch (result)
            {
                case Result.ErrJSON:
                    return new BanterException((int)result, "a JSON argument is malformed or of the wrong kind");
                case Result.ErrParam:
                    return new BanterException((int)result, "an argument is missing or not allowed");
                case Result.ErrSdkuninit:
                    return new BanterException((int)result, "the client is gone, or this is a forked process");
                default:
                    return new BanterException((int)result, "the call was refused");
            }
        }
    }
}
